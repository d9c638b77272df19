import HTTP
import Model

extension Route where Call.Code == Problem.Code {
    /// All codes that it may refuse with: those that it names, and those that follow from the rest of what it declares.
    package var refusals: [Problem.Code] {
        Problem.Code.allCases.filter { errors.contains($0) || follows($0) }
    }

    func mayRefuse(with code: Problem.Code) -> Bool { errors.contains(code) || follows(code) }

    private func follows(_ code: Problem.Code) -> Bool {
        switch code {
        case .badRequest, .unknownParameter, .internalError, .unavailable: true
        case .rateLimited: limit != .unlimited
        case .paymentRequired: need != nil
        case .unauthenticated, .tokenExpired: access == .user || access == .optional || access == .admin
        case .forbidden, .addressNotAllowed: access == .admin
        case .notFound: !input.parameters(in: .path).isEmpty
        case .validationFailed: input.hasBody || input.parameters.contains { $0.place != .path }
        case .malformedBody: input.hasBody
        case .payloadTooLarge, .unsupportedMediaType, .requestTimeout: body.isSomething
        case .invalidCursor: queryNames.contains("cursor")
        case .idempotencyKeyRefused: idempotency == .refused
        case .idempotencyKeyReused, .requestInProgress: idempotency == .kept || idempotency == .own
        default: false
        }
    }
}

extension RouteBody {
    var isSomething: Bool {
        if case .none = self { false } else { true }
    }
}
