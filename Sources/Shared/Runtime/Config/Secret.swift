/// A text that must not be shown: it prints as dots, whichever way it is printed.
package struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The text itself: for the one call that needs it.
    package let exposed: String

    package init(_ text: String) { exposed = text }

    package var description: String { "•••" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
