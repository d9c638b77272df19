// The same answers by Go's net/http. usage: go-http PORT
package main

import (
	"encoding/json"
	"net/http"
	"os"
)

type account struct {
	ID     int      `json:"id"`
	Name   string   `json:"name"`
	Email  string   `json:"email"`
	Active bool     `json:"active"`
	Visits int      `json:"visits"`
	Tags   []string `json:"tags"`
}

func serve(writer http.ResponseWriter, request *http.Request) {
	writer.Header().Set("Content-Type", "application/json")
	if request.Method != "POST" {
		writer.Write([]byte(`{"greeting":"Hello"}`))
		return
	}
	var value account
	if err := json.NewDecoder(request.Body).Decode(&value); err != nil {
		http.Error(writer, err.Error(), 400)
		return
	}
	value.Visits++
	text, err := json.Marshal(value)
	if err != nil {
		http.Error(writer, err.Error(), 500)
		return
	}
	writer.Write(text)
}

func main() {
	panic(http.ListenAndServe("127.0.0.1:"+os.Args[1], http.HandlerFunc(serve)))
}
