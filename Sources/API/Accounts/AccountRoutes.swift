import APIFrame
import HTTP
import Model

/// All routes of accounts.
package struct AccountRoutes: Sendable {
    private let accounts: Accounts
    private let isHTTPS: Bool

    package init(_ accounts: Accounts, isHTTPS: Bool) {
        self.accounts = accounts
        self.isHTTPS = isHTTPS
    }

    package func tables(under prefix: String) -> [APIRoutes] {
        [
            APIRoutes(
                "Sign-in", under: prefix,
                SignInRoutes(accounts: accounts).routes + CredentialRoutes(accounts: accounts).routes
                    + SecondFactorRoutes(accounts: accounts).routes
                    + OAuthRoutes(accounts: accounts, isHTTPS: isHTTPS).routes),
            APIRoutes(
                "People", under: prefix,
                UserRoutes(accounts: accounts).routes + ExportRoutes(accounts: accounts).routes
                    + UnsubscribeRoutes(accounts: accounts).routes),
        ]
    }
}
