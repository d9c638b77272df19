import Runtime
import Testing

@testable import Model

/// The examples of Amazon's own description of Signature Version 4 for S3.
struct SigV4Tests {
    private let signer = SigV4(
        accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        region: "us-east-1")
    private let time = Timestamp(seconds: 1_369_353_600)
    private let host = "examplebucket.s3.amazonaws.com"
    private let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    private func get(
        _ path: String, query: [(name: String, value: String)] = [], range: String? = nil
    ) -> SigV4.Request {
        var headers: [(name: String, value: String)] = [
            ("host", host), ("x-amz-content-sha256", empty), ("x-amz-date", "20130524T000000Z"),
        ]
        if let range { headers.append(("range", range)) }
        return SigV4.Request("GET", path, query: query, headers: headers, payloadHash: empty)
    }

    @Test func `an object is fetched in part`() {
        #expect(
            signer.authorization(of: get("/test.txt", range: "bytes=0-9"), at: time)
                == "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
                + "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
                + "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
    }

    @Test func `an object is stored`() {
        let hash = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"
        let request = SigV4.Request(
            "PUT", "/\(PercentEncoding.text("test$file.text"))",
            headers: [
                ("host", host), ("date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-date", "20130524T000000Z"),
                ("x-amz-storage-class", "REDUCED_REDUNDANCY"), ("x-amz-content-sha256", hash),
            ], payloadHash: hash)
        #expect(
            signer.signature(of: request, at: time)
                == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
    }

    @Test func `a query is sorted, also where a name has no value`() {
        #expect(
            signer.signature(of: get("/", query: [("lifecycle", "")]), at: time)
                == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")
        #expect(
            signer.signature(of: get("/", query: [("prefix", "J"), ("max-keys", "2")]), at: time)
                == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
    }

    @Test func `a link is signed for whoever has it`() {
        let request = SigV4.Request(
            "GET", "/test.txt", headers: [("host", host)], payloadHash: SigV4.unsigned)
        let query = signer.presigned(request, for: .seconds(86400), at: time)
        #expect(
            query.hasSuffix("X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"),
            "\(query)"
        )
    }
}
