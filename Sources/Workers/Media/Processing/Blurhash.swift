import Glibc

/// A few characters that show roughly what a picture shows: https://github.com/woltapp/blurhash
enum Blurhash {
    private static let alphabet = Array(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~".utf8)

    /// Of pixels of three bytes each.
    static func encode(_ pixels: [UInt8], width: Int, height: Int, across: Int = 4, down: Int = 3) -> String {
        let linear = (0...255).map { linearised(Double($0) / 255) }
        var factors: [(Double, Double, Double)] = []
        for y in 0..<down {
            for x in 0..<across {
                factors.append(factor(x, y, pixels, linear, width, height))
            }
        }
        var text: [UInt8] = []
        append((across - 1) + (down - 1) * 9, digits: 1, to: &text)
        let largest = factors.dropFirst().reduce(0) { max($0, abs($1.0), abs($1.1), abs($1.2)) }
        let quantised = max(0, min(82, Int((largest * 166 - 0.5).rounded(.down))))
        append(quantised, digits: 1, to: &text)
        append(colour(factors[0]), digits: 4, to: &text)
        let scale = Double(quantised + 1) / 166
        for factor in factors.dropFirst() { append(detail(factor, scale), digits: 2, to: &text) }
        return String(decoding: text, as: UTF8.self)
    }

    private static func factor(
        _ x: Int, _ y: Int, _ pixels: [UInt8], _ linear: [Double], _ width: Int, _ height: Int
    ) -> (Double, Double, Double) {
        let columns = (0..<width).map { cos(.pi * Double(x) * Double($0) / Double(width)) }
        var (red, green, blue) = (0.0, 0.0, 0.0)
        for row in 0..<height {
            let basis = cos(.pi * Double(y) * Double(row) / Double(height))
            for column in 0..<width {
                let place = (row * width + column) * 3
                let weight = basis * columns[column]
                red += weight * linear[Int(pixels[place])]
                green += weight * linear[Int(pixels[place + 1])]
                blue += weight * linear[Int(pixels[place + 2])]
            }
        }
        let scale = (x == 0 && y == 0 ? 1.0 : 2.0) / Double(width * height)
        return (red * scale, green * scale, blue * scale)
    }

    private static func colour(_ value: (Double, Double, Double)) -> Int {
        encoded(value.0) << 16 | encoded(value.1) << 8 | encoded(value.2)
    }

    private static func detail(_ value: (Double, Double, Double), _ scale: Double) -> Int {
        func part(_ value: Double) -> Int {
            let root = sqrt(abs(value / scale)) * (value < 0 ? -1 : 1)
            return max(0, min(18, Int((root * 9 + 9.5).rounded(.down))))
        }
        return part(value.0) * 361 + part(value.1) * 19 + part(value.2)
    }

    private static func append(_ value: Int, digits: Int, to text: inout [UInt8]) {
        var divisor = 1
        for _ in 1..<digits { divisor *= 83 }
        var rest = value
        while divisor > 0 {
            text.append(alphabet[rest / divisor % 83])
            rest %= divisor
            divisor /= 83
        }
    }

    private static func linearised(_ value: Double) -> Double {
        value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }

    private static func encoded(_ value: Double) -> Int {
        let value = max(0, min(1, value))
        let curved = value <= 0.0031308 ? value * 12.92 : 1.055 * pow(value, 1 / 2.4) - 0.055
        return Int((curved * 255 + 0.5).rounded(.down))
    }
}
