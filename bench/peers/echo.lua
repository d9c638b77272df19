-- wrk posts an object of six fields.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"id":48213,"name":"Ada Lovelace","email":"ada@example.org","active":true,"visits":1815,"tags":["maths","poetry"]}'
