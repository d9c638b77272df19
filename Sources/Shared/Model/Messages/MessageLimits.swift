import Runtime

/// For how long one may go back on what one has said.
package struct MessageLimits: ConfigGroup {
    /// Zero: never.
    let editing: Duration
    /// For all; moderators may at any time.
    let deleting: Duration

    package init(from reader: inout ConfigReader) {
        editing = reader.read(
            "MESSAGE_EDIT_WINDOW", .duration(unit: .seconds, in: .zero ... .days(3650)), default: .hours(24))
        deleting = reader.read(
            "MESSAGE_DELETE_WINDOW", .duration(unit: .seconds, in: .zero ... .days(3650)), default: .hours(48))
    }

    package init(editing: Duration = .hours(24), deleting: Duration = .hours(48)) {
        self.editing = editing
        self.deleting = deleting
    }
}
