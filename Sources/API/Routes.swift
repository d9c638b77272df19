import APIFrame

/// The whole table: every part of the product brings the routes of its own.
package func allRoutes() -> [APIRoutes] { [] }
