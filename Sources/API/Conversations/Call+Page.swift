import APIFrame
import HTTP
import Model
import Runtime

extension Call {
    /// A page of a list: one element more than asked for is fetched, to know whether there is a next page.
    func page<Element, Place: CursorPart>(
        _ request: PageRequest, _ place: Place.Type, _ placeOf: (Element) -> Place,
        _ fetch: (Place?, Int) async throws -> [Element]
    ) async throws -> Page<Element> {
        let start = try request.cursor.map { cursor throws(Problem) in try self.place(of: cursor, as: place) }
        let found = try await fetch(start, request.limit + 1)
        let page = Array(found.prefix(request.limit))
        return Page(page, nextCursor: found.count > page.count ? page.last.map { cursor(after: placeOf($0)) } : nil)
    }

    /// The same where the place has two parts.
    func page<Element, First: CursorPart, Second: CursorPart>(
        _ request: PageRequest, _ place: (First, Second).Type, _ placeOf: (Element) -> (First, Second),
        _ fetch: ((First, Second)?, Int) async throws -> [Element]
    ) async throws -> Page<Element> {
        let start = try request.cursor.map { cursor throws(Problem) in try self.place(of: cursor, as: place) }
        let found = try await fetch(start, request.limit + 1)
        let page = Array(found.prefix(request.limit))
        let next = found.count > page.count ? page.last.map(placeOf) : nil
        return Page(page, nextCursor: next.map { cursor(after: $0.0, $0.1) })
    }
}
