import Crypto
import Glibc
import Postgres
import Runtime

extension MediaLibrary {
    /// Begins a file that comes in parts. What is too large is refused before any of it is sent.
    package func beginUpload(_ name: String, bytes: Int, by user: SignedInUser) async throws -> Upload {
        let allowance = try await allowance(of: user)
        guard bytes <= allowance.fileBytes else { throw Self.tooLarge(allowance) }
        return try await database.transaction { transaction in
            try await transaction.run("select from users where id = \(user.id) for no key update")
            let open = try await Upload.open(of: user.id, at: now, on: transaction)
            guard open.count < Upload.mostOpen else {
                throw Problem(.conflict, "There are \(Upload.mostOpen) unfinished uploads already")
            }
            let used = try await Media.bytes(of: user.id, on: transaction)
            guard used + open.bytes + bytes <= allowance.totalBytes else { throw Self.full(allowance) }
            let upload = Upload(
                id: .new(), fileName: Media.name(from: name, or: "file"), bytes: bytes, received: 0, media: nil,
                expiresAt: now + Upload.lifetime)
            try await upload.insert(by: user.id, at: now, on: transaction)
            return upload
        }
    }

    package func upload(_ id: ID<Upload>, of user: SignedInUser) async throws -> Upload {
        guard let found = try await Upload.find(id, of: user.id, at: now, on: database) else {
            throw Problem(.notFound, "There is no such upload.")
        }
        return found
    }

    /// The upload, if the next part begins at `offset`.
    package func resumeUpload(_ id: ID<Upload>, at offset: Int, by user: SignedInUser) async throws -> Upload {
        let upload = try await upload(id, of: user)
        guard upload.media == nil else { throw Problem(.conflict, "The upload is complete") }
        guard upload.received == offset else { throw Self.elsewhere }
        return upload
    }

    /// Keeps a part, and when it was the last, the file. Asked again with nothing, it finishes what was not finished.
    package func add(_ part: ReceivedFile, to upload: Upload, by user: SignedInUser) async throws -> Upload {
        guard part.bytes > 0 || upload.received == upload.bytes else {
            throw Problem(.emptyFile, "The part has no content")
        }
        if part.bytes > 0 {
            let name = "\(upload.id)/\(upload.received)-\(SecureRandom.token(bytes: 6))"
            try await store.put(part.file.path, as: StoredName(part: name))
            let isNext = try await database.transaction { transaction in
                try await Upload.add(
                    name, bytes: part.bytes, to: upload.id, at: upload.received, on: transaction)
            }
            guard isNext else {
                try await store.remove(StoredName(part: name))
                throw Self.elsewhere
            }
        }
        let now = try await self.upload(upload.id, of: user)
        guard now.received == now.bytes, now.media == nil else { return now }
        return try await finish(now, by: user)
    }

    private func finish(_ upload: Upload, by user: SignedInUser) async throws -> Upload {
        let parts = try await Upload.parts(of: upload.id, on: database)
        let whole = try await newFile()
        for part in parts {
            try await scratch.lend { folder in
                let copy = "\(folder)/part"
                try await store.fetch(part, to: copy)
                try await threads.run { try whole.append(contentsOf: copy) }
            }
        }
        let file = try await threads.run { whole.finish() }
        _ = try await keep(file, name: upload.fileName, by: user, fulfilling: upload.id)
        try await dropParts(of: upload.id)
        return try await self.upload(upload.id, of: user)
    }

    /// Those that are not removed now are with the upload itself.
    func dropParts(of id: ID<Upload>) async throws {
        for part in try await Upload.parts(of: id, on: database) { try await store.remove(part) }
        try await Upload.forgetParts(of: id, on: database)
    }

    private static var elsewhere: Problem {
        Problem(.conflict, "The next part begins elsewhere: `received` of the upload tells")
    }
}

extension IncomingFile {
    /// What another file of this machine holds.
    fileprivate func append(contentsOf path: String) throws {
        let source = open(path, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { throw SystemError.last("open \(path)") }
        defer { close(source) }
        while true {
            let piece = try [UInt8](unsafeUninitializedCapacity: 1 << 20) { target, count in
                let got = read(source, target.baseAddress, target.count)
                guard got >= 0 else { throw SystemError.last("read \(path)") }
                count = got
            }
            if piece.isEmpty { return }
            try append(piece)
        }
    }
}
