/// A conversation of the demo and what is said in it. The first of its members opens it.
struct DemoConversation: Sendable {
    struct Line: Sendable {
        let sender: String
        let content: MessageContent
        var reactions: (emoji: String, people: [String]) = ("", [])

        init(_ sender: String, _ text: String, _ emoji: String = "", by people: String...) {
            self.init(sender, .text(text))
            reactions = (emoji, people)
        }

        init(_ sender: String, _ content: MessageContent) {
            self.sender = sender
            self.content = content
        }
    }

    let kind: Conversation.Kind
    var title: String?
    var about: String?
    let members: [String]
    let lines: [Line]

    static let all = [news, team, hikes, books, withJonas, withPriya, withSamuel]

    private static let news = DemoConversation(
        kind: .channel, title: "Announcements", about: "What everybody should know. Few words, rarely.",
        members: DemoPerson.all.map(\.name),
        lines: [
            Line("mira", "Welcome, all. Here is where news for everybody appears.", "👋", by: "jonas", "aiko", "leila"),
            Line("mira", "The office moves to the second floor on **Thursday**. Pack your plants.", "🌱", by: "nora"),
            Line("mira", "Lunch is on the house on Friday.", "🎉", by: "diego", "ines", "kwame", "freya", "omar"),
        ])

    private static let team = DemoConversation(
        kind: .group, title: "Platform team", about: "Builds, breaks and mends things.",
        members: ["mira", "jonas", "priya", "tomas", "aiko", "leila", "samuel", "nora"],
        lines: [
            Line("jonas", "Morning! Who looks at the slow query from last night?"),
            Line("priya", "I do. It walks the whole table, an index on `(conversation_id, rev)` should be enough."),
            Line(
                "priya",
                .code("create index messages_by_rev on messages (conversation_id, rev);", language: "sql")),
            Line("tomas", "From 240 ms to 0.3. Nice.", "🚀", by: "priya", "mira", "aiko"),
            Line("aiko", "Shall I put that into the next release?"),
            Line("mira", "Please. Leila, are the migrations tested on a copy?"),
            Line("leila", "They run since an hour. All green so far.", "👍", by: "mira"),
            Line("samuel", "I am off from noon, but reachable if the *world ends*."),
            Line("nora", "The world is fine. Enjoy it!", "😄", by: "samuel", "jonas"),
            Line("jonas", "Released. Error rate is flat, p99 is down by a third."),
            Line("mira", "Thank you all. That was a good one.", "❤️", by: "jonas", "priya", "leila"),
        ])

    private static let hikes = DemoConversation(
        kind: .group, title: "Weekend hikes", members: ["freya", "mira", "diego", "hana", "luca", "kwame"],
        lines: [
            Line("freya", "Saturday looks dry. The ridge, or around the lake?"),
            Line("diego", "The ridge!", "⛰️", by: "hana", "kwame"),
            Line("hana", "I am in. When do we meet?"),
            Line("freya", .location(latitude: 47.4979, longitude: 19.0402, name: "Car park below the ridge")),
            Line("luca", "Half past eight? I bring coffee."),
            Line("kwame", "Then I bring cake.", "🍰", by: "freya", "diego", "luca", "mira"),
            Line("mira", "Best club I am in."),
        ])

    private static let books = DemoConversation(
        kind: .group, title: "Book club",
        members: ["ines", "mira", "omar", "zofia", "maya", "elif", "victor", "arjun"],
        lines: [
            Line("ines", "Who has finished? No spoilers beyond chapter twelve, please."),
            Line("omar", "Finished, and I did not see it coming."),
            Line("zofia", "I am at ten. The letters are the best part."),
            Line("elif", "Agreed, the letters carry it."),
            Line("victor", "I found the middle slow, to be honest."),
            Line("arjun", "It pays off. Give it until fourteen."),
            Line("maya", "Next month something short?", "🙏", by: "victor", "zofia"),
        ])

    private static let withJonas = DemoConversation(
        kind: .direct, members: ["mira", "jonas"],
        lines: [
            Line("jonas", "Do you have ten minutes for the roadmap?"),
            Line("mira", "At three? I want to finish this review first."),
            Line("jonas", "Three is good."),
        ])

    private static let withPriya = DemoConversation(
        kind: .direct, members: ["priya", "mira"],
        lines: [
            Line("priya", "The index is live. Shall I write it up?"),
            Line("mira", "A paragraph in the notes would be great.", "👍", by: "priya"),
        ])

    private static let withSamuel = DemoConversation(
        kind: .direct, members: ["samuel", "mira"],
        lines: [
            Line("samuel", "Here is the plumber I told you about."),
            Line("samuel", .contact(name: "Amara's Plumbing", phone: "+44 20 7946 0018", email: nil)),
            Line("mira", "You are saving my weekend."),
        ])
}
