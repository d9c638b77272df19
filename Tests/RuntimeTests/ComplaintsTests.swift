import Runtime
import Testing

@Suite struct ComplaintsTests {
    @Test func `a trouble is news once, again when it has lasted, and has an end`() {
        let complaints = Complaints(reminder: .hours(1))
        #expect(complaints.end("a") == nil)
        #expect(complaints.isNews("a") && !complaints.isNews("a") && complaints.isNews("b"))
        #expect(complaints.end("a") != nil)
        #expect(complaints.end("a") == nil && complaints.isNews("a"))
        let impatient = Complaints(reminder: .zero)
        #expect(impatient.isNews("a") && impatient.isNews("a"))
    }
}
