// What a small Node server does with a chat message, in one process, since the load leaves no room for a second: it checks
// the token and the membership, inserts the row (committed to disk), publishes the event over Redis, and gives it to each
// member's WebSocket. People, conversations and members are Switchyard's own; messages have a table beside them.
//
// usage: NODE_PATH=… DATABASE_URL=… REDIS_URL=… JWT_SECRET=… node chat.js PORT
'use strict'
const crypto = require('crypto')
const http = require('http')
const express = require('express')
const { Pool } = require('pg')
const redis = require('redis')
const { WebSocketServer } = require('ws')

const pool = new Pool(connection(process.env.DATABASE_URL))
const publisher = redis.createClient({ url: process.env.REDIS_URL })
const subscriber = publisher.duplicate()
const secret = process.env.JWT_SECRET

// As libpq reads it: the folder of a Unix socket is a parameter, and no host stands before the path. URL wants one there.
function connection(url) {
    const parts = new URL(url.replace('@/', '@localhost/'))
    return {
        user: parts.username, password: decodeURIComponent(parts.password), database: parts.pathname.slice(1),
        host: parts.searchParams.get('host') || parts.hostname,
        port: parts.searchParams.get('port') || parts.port || 5432, max: 16,
    }
}

// Tokens that were found good, so that a signature is computed once.
const known = new Map()

function userOf(request) {
    const [scheme, token] = (request.headers.authorization || '').split(' ')
    if (scheme !== 'Bearer' || !token) return null
    let claims = known.get(token)
    if (!claims) {
        const [head, payload, signature] = token.split('.')
        const right = crypto.createHmac('sha256', secret).update(`${head}.${payload}`).digest()
        const given = Buffer.from(signature || '', 'base64url')
        if (given.length !== right.length || !crypto.timingSafeEqual(given, right)) return null
        claims = JSON.parse(Buffer.from(payload, 'base64url'))
        if (known.size >= 50000) known.clear()
        known.set(token, claims)
    }
    return claims.exp * 1000 > Date.now() ? claims.sub : null
}

// One statement: no row, no member. Under a clientId that was used before it inserts nothing, either.
const insert = `
    insert into chat_peer.messages (conversation_id, sender_id, client_id, content)
    select m.conversation_id, m.user_id, $3, $4 from members m
    where m.conversation_id = $1 and m.user_id = $2 and m.left_at is null
    on conflict (conversation_id, sender_id, client_id) do nothing
    returning id, created_at`

const app = express()
app.disable('x-powered-by')
app.disable('etag')
app.use(express.json())
app.get('/healthz', (request, response) => response.send('ok'))
app.post('/api/v1/conversations/:id/messages', async (request, response) => {
    const user = userOf(request)
    if (!user) return response.status(401).json({ code: 'unauthenticated' })
    const { content, clientId } = request.body
    if (typeof content !== 'string' || content.length === 0 || content.length > 10000) {
        return response.status(422).json({ code: 'validation_failed' })
    }
    try {
        const conversation = request.params.id
        const values = [conversation, user, clientId || crypto.randomUUID(), content]
        const { rows } = await pool.query({ name: 'insert', text: insert, values })
        if (rows.length === 0) return response.status(404).json({ code: 'not_found' })
        const message = {
            id: String(rows[0].id), conversationId: conversation, rev: Number(rows[0].id), senderId: user,
            clientId: clientId || null, type: 'text', content, createdAt: rows[0].created_at,
        }
        publisher.publish('chat-peer', JSON.stringify({ type: 'message.created', data: message }))
        response.status(201).json(message)
    } catch (error) {
        console.error(error)
        response.status(500).json({ code: 'internal' })
    }
})

// The sockets that are open here, by conversation.
const sockets = new Map()
const front = new WebSocketServer({ noServer: true, clientTracking: false, handleProtocols: () => 'switchyard.v1' })

async function open(request, socket, head) {
    const user = userOf(request)
    if (!user || request.url !== '/api/v1/realtime') return socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n')
    const text = 'select conversation_id from members where user_id = $1 and left_at is null'
    const { rows } = await pool.query({ name: 'conversations', text, values: [user] })
    front.handleUpgrade(request, socket, head, (opened) => {
        for (const { conversation_id: id } of rows) {
            if (!sockets.has(id)) sockets.set(id, new Set())
            sockets.get(id).add(opened)
        }
        opened.on('close', () => rows.forEach(({ conversation_id: id }) => sockets.get(id).delete(opened)))
        opened.on('error', () => opened.terminate())
    })
}

// Each event is made once, and goes to each socket as it is. Its conversation stands in front, to be had without parsing.
const start = '{"type":"message.created","data":{"id":"'

function deliver(event) {
    const place = event.indexOf('"conversationId":"', start.length) + 18
    const members = sockets.get(event.slice(place, place + 36))
    if (!members) return
    const bytes = Buffer.from(event)
    for (const socket of members) socket.send(bytes, { binary: false })
}

async function main() {
    await pool.query(`
        create schema if not exists chat_peer;
        create table if not exists chat_peer.messages (
            id bigint generated always as identity primary key,
            conversation_id uuid not null references conversations,
            sender_id uuid not null references users,
            client_id text not null,
            content text not null,
            created_at timestamptz not null default now(),
            unique (conversation_id, sender_id, client_id)
        );
        create index if not exists messages_page on chat_peer.messages (conversation_id, id)`)
    await Promise.all([publisher.connect(), subscriber.connect()])
    await subscriber.subscribe('chat-peer', deliver)
    const server = http.createServer({ keepAliveTimeout: 0 }, app)
    server.on('upgrade', (request, socket, head) => open(request, socket, head).catch(() => socket.destroy()))
    server.listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 4096 })
}

main()
