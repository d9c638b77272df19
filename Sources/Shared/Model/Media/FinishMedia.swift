import Crypto
import Glibc
import JSON
import Postgres
import Queue
import Runtime

extension MediaLibrary {
    /// A file that is to be looked into, as one of this machine, for as long as `look` takes. What comes of it is kept whole or
    /// not at all: storage first, then one transaction. A second run finds it done, and only tells of it again.
    package func process(
        _ id: ID<Media>, _ look: (FileType, String, String) async throws -> MediaVerdict
    ) async throws -> Media {
        guard let stored = try await Media.anyone(id, on: database) else {
            throw JobOutcome.discard("the file is gone")
        }
        if stored.media.state == .processing, let digest = stored.digest {
            try await scratch.lend { folder in
                let (input, made) = ("\(folder)/in", "\(folder)/made")
                try await store.fetch(StoredName(digest: digest), to: input)
                // What looks into it writes there alone: the other may be another name for what is stored.
                let type = try await threads.run {
                    try Files.makeFolder(made)
                    return FileType(head: try Files.head(of: input))
                }
                try await finish(id, try await look(type, input, made))
            }
        }
        guard let now = try await Media.anyone(id, on: database)?.media else {
            throw JobOutcome.discard("the file is gone")
        }
        try await Conversations(durable: durable, clock: clock).touchMessages(holding: id)
        return now
    }

    package func owner(of id: ID<Media>) async throws -> ID<User> {
        try await database.one("select owner_id from media where id = \(id)")
    }

    private func finish(_ id: ID<Media>, _ verdict: MediaVerdict) async throws {
        switch verdict {
        case .refused(let why): try await Media.refuse(id, why, at: now, on: database)
        case .made(let made):
            let content = try await store(made.content?.path)
            var thumbnails: [(MadeMedia.Thumbnail, MadeFile)] = []
            for thumbnail in made.thumbnails {
                if let file = try await store(thumbnail.path) { thumbnails.append((thumbnail, file)) }
            }
            // In one order, so that no two wait for each other in a circle.
            thumbnails.sort { $0.1.digest.lexicographicallyPrecedes($1.1.digest) }
            let sorted = thumbnails
            try await database.transaction { transaction in
                guard try await Media.complete(id, made, content, at: now, on: transaction) else { return }
                for (thumbnail, file) in sorted {
                    try await Media.insert(thumbnail, file, of: id, on: transaction)
                }
            }
        }
    }

    private func store(_ path: String?) async throws -> MadeFile? {
        guard let path else { return nil }
        let file = try await threads.run { try MadeFile(path) }
        try await StoredFile.claim(file.digest, bytes: file.bytes, at: now, on: database)
        try await store.put(path, as: StoredName(digest: file.digest))
        return file
    }
}

/// A file that was made, as it lies in storage.
struct MadeFile: Sendable {
    let digest: [UInt8]
    let bytes: Int

    /// Only what is a file itself: who made it may have been talked into something by what it looked at.
    init(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw SystemError.last("open \(path)") }
        defer { close(descriptor) }
        var hash = Hash.sha256.incremental
        var total = 0
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count >= 0 else { throw SystemError.last("read \(path)") }
            if count == 0 { break }
            hash.update(Array(buffer[..<count]))
            total += count
        }
        digest = hash.finish()
        bytes = total
    }
}

extension Media {
    /// As nobody in particular sees it.
    static func anyone(_ id: ID<Media>, on sql: some SQLRunner) async throws -> StoredMedia? {
        try await sql.first("select \(literally: columns) from media f where f.id = \(id)")
    }

    static func refuse(_ id: ID<Media>, _ why: String, at now: Timestamp, on sql: some SQLRunner) async throws {
        try await sql.run(
            """
            update media set state = 'refused', refusal = \(why), digest = null, bytes = 0, finished_at = \(now)
            where id = \(id) and state = 'processing'
            """)
    }

    /// False where another run was first.
    fileprivate static func complete(
        _ id: ID<Media>, _ made: MadeMedia, _ content: MadeFile?, at now: Timestamp, on sql: some SQLRunner
    ) async throws -> Bool {
        try await sql.run(
            """
            update media
            set state = 'ready', type = \(made.kind), digest = coalesce(\(content?.digest), digest),
                bytes = coalesce(\(content?.bytes), bytes),
                content_type = coalesce(\(made.content?.contentType), content_type),
                width = \(made.width), height = \(made.height), duration_ms = \(made.durationMs), pages = \(made.pages),
                is_animated = \(made.isAnimated), blurhash = \(made.blurhash),
                waveform = \(made.waveform)::int8[]::smallint[], finished_at = \(now)
            where id = \(id) and state = 'processing'
            """) > 0
    }

    fileprivate static func insert(
        _ thumbnail: MadeMedia.Thumbnail, _ file: MadeFile, of id: ID<Media>, on sql: some SQLRunner
    ) async throws {
        try await sql.run(
            """
            insert into media_variants (media_id, size, format, digest, bytes, width, height)
            values (
                \(id), \(thumbnail.size)::int8, \(thumbnail.format), \(file.digest), \(file.bytes), \(thumbnail.width)::int8,
                \(thumbnail.height)::int8)
            """)
    }
}

extension Conversations {
    /// What messages hold has changed: each is told once more, with its next rev.
    func touchMessages(holding media: ID<Media>) async throws {
        let messages: [ID<Message>] = try await database.all(
            "select message_id from media_references where media_id = \(media) order by message_id limit 1000")
        for id in messages {
            try await telling { transaction in
                guard let place = try await MessagePlace.lock(id, on: transaction) else {
                    return ((), RevMark(conversation: ID(id.uuid), rev: .max))
                }
                try await place.touch(on: transaction)
                return ((), place.mark)
            }
        }
    }
}

extension Files {
    /// The first bytes of a file.
    package static func head(of path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError.last("open \(path)") }
        defer { close(descriptor) }
        return try [UInt8](unsafeUninitializedCapacity: FileType.headBytes) { target, count in
            let got = read(descriptor, target.baseAddress, target.count)
            guard got >= 0 else { throw SystemError.last("read \(path)") }
            count = got
        }
    }
}
