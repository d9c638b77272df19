import Runtime

extension Letter {
    /// What most programs show: everything that came from outside is text there, too.
    var html: String {
        var body = paragraphs.map { "<p style=\"margin:0 0 16px\">\($0.escaped)</p>" }.joined(separator: "\n")
        if let link, let action {
            body += """

                <p style="margin:24px 0"><a href="\(link.escaped)" style="background:#1f6feb;color:#ffffff;padding:12px 20px;\
                border-radius:6px;text-decoration:none;display:inline-block">\(action.escaped)</a></p>
                <p style="margin:0 0 16px;color:#57606a;font-size:13px">\(linkHint.escaped)<br>\
                <a href="\(link.escaped)">\(link.escaped)</a></p>
                """
        }
        var end = footer.escaped
        if let unsubscribe {
            end += "<br>\(unsubscribing.escaped) <a href=\"\(unsubscribe.escaped)\">\(unsubscribe.escaped)</a>"
        }
        return """
            <!DOCTYPE html>
            <html lang="\(language.rawValue)">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>\(subject.escaped)</title></head>
            <body style="margin:0;padding:24px;background:#f6f8fa">
            <div style="max-width:560px;margin:0 auto;padding:24px;background:#ffffff;border-radius:8px;color:#1f2328;\
            font:16px/1.5 system-ui,sans-serif">
            \(body)
            <p style="margin:24px 0 0;color:#57606a;font-size:13px">\(end)</p>
            </div>
            </body>
            </html>

            """
    }
}

extension String {
    /// As it may stand in HTML, also within quotes.
    package var escaped: String {
        var text = ""
        for character in self {
            switch character {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "'": text += "&#39;"
            default: text.append(character)
            }
        }
        return text
    }
}
