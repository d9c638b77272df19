/// Who is in the demo.
struct DemoPerson: Sendable {
    /// By which the conversations of the demo call them.
    let name: String
    let displayName: String
    let username: Username
    let email: EmailAddress

    /// Known by their endings from people who are real.
    private init(_ displayName: String) {
        let name = displayName.prefix { $0 != " " }.lowercased()
        guard let username = Username("\(name).demo"), let email = EmailAddress("\(name).demo@example.org") else {
            preconditionFailure("\(displayName) makes no username")
        }
        self.name = name
        self.displayName = displayName
        self.username = username
        self.email = email
    }

    static let first = DemoPerson("Mira Lindqvist")

    static let all =
        [first]
        + [
            "Jonas Weber", "Priya Raman", "Tomas Novak", "Aiko Tanaka", "Leila Haddad", "Samuel Okafor", "Nora Berg",
            "Diego Fuentes", "Ines Moreau", "Kwame Mensah", "Freya Olsen", "Omar Farouk", "Hana Kim", "Luca Ferri",
            "Zofia Kowalska", "Arjun Mehta", "Maya Cohen", "Elif Demir", "Victor Popescu",
        ].map { DemoPerson($0) }
}
