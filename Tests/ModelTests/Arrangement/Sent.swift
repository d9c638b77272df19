import Model
import Queue
import Runtime
import Synchronization

/// Keeps the mails instead of sending them.
final class SentMail: MailCarrier {
    private let kept = Mutex<[Letter]>([])

    var all: [Letter] { kept.withLock { $0 } }
    func send(_ letter: Letter, as id: JobID) async throws { kept.withLock { $0.append(letter) } }

    /// The token in the last link that was sent there.
    func token(to email: EmailAddress) -> String? {
        all.last { $0.to == email && $0.link?.contains("token=") == true }?.link?.split(separator: "=").last.map(
            String.init)
    }
}

/// Keeps the text messages instead of sending them.
final class SentTexts: TextMessageCarrier {
    private let kept = Mutex<[(to: PhoneNumber, text: String)]>([])

    var all: [(to: PhoneNumber, text: String)] { kept.withLock { $0 } }
    func send(_ text: String, to phone: PhoneNumber) async throws { kept.withLock { $0.append((phone, text)) } }

    /// The digits that were sent there last.
    func code(to phone: PhoneNumber) -> String? { all.last { $0.to == phone }.map { String($0.text.prefix(6)) } }
}
