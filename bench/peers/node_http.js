// The same answers by Node's own HTTP server, a process for each core. usage: node node_http.js PORT
const cluster = require("cluster");
const http = require("http");

function answer(response, value) {
    const text = JSON.stringify(value);
    response.writeHead(200, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) });
    response.end(text);
}

function serve(request, response) {
    if (request.method !== "POST") return answer(response, { greeting: "Hello" });
    const pieces = [];
    request.on("data", (piece) => pieces.push(piece));
    request.on("end", () => {
        const value = JSON.parse(Buffer.concat(pieces).toString());
        value.visits += 1;
        answer(response, value);
    });
}

if (cluster.isPrimary) {
    cluster.fork();
    cluster.fork();
} else {
    const server = http.createServer(serve);
    server.keepAliveTimeout = 60000;
    server.listen(Number(process.argv[2]), "127.0.0.1");
}
