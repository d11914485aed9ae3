//! Where an instance keeps what: taken from its configuration, which is then rewritten for our page.

use pinfold_core::error::{Code, Error};
use reqwest::Url;
use serde_json::{Value, json};

/// The addresses behind one instance.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Targets {
    /// Blocks and blobs.
    pub(super) files: Url,
    /// The WebSocket, `ws` or `wss`.
    pub(super) socket: Url,
}

/// An origin: scheme http or https, a host, nothing after it.
pub(super) fn origin(text: &str) -> Result<Url, Error> {
    let refuse = || Error::new(Code::MisuseBadArgument, "the upstream is no http or https origin");
    let url = Url::parse(text).map_err(|_| refuse())?;
    let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    let web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let anonymous = url.username().is_empty() && url.password().is_none();
    (bare && web && anonymous).then_some(url).ok_or_else(refuse)
}

impl Targets {
    /// Reads an instance's configuration (PROTOCOL.md 3): `fileHost`, and `websocketPath`, which is a whole
    /// address or a path on the main origin. `None` when it names something else.
    pub(super) fn of(main: &Url, config: &Value) -> Option<Self> {
        let text = |field: &str| config.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
        let files = match text("fileHost") {
            Some(host) => origin(host).ok()?,
            None => main.clone(),
        };
        let path = text("websocketPath").unwrap_or("/cryptpad_websocket");
        let socket = if path.starts_with("ws://") || path.starts_with("wss://") {
            Url::parse(path).ok()?
        } else {
            let mut socket = main.clone();
            let scheme = if main.scheme() == "https" { "wss" } else { "ws" };
            socket.set_scheme(scheme).ok()?;
            socket.set_path(path);
            socket
        };
        socket.has_host().then_some(Self { files, socket })
    }
}

/// The configuration as our page has to see it: everything is at our own origin.
pub(super) fn rewrite(mut config: Value, own: &str) -> Value {
    if let Some(fields) = config.as_object_mut() {
        fields.insert("httpUnsafeOrigin".into(), json!(own));
        fields.insert("httpSafeOrigin".into(), json!(own));
        fields.insert("websocketPath".into(), json!("/cryptpad_websocket"));
        fields.shift_remove("fileHost");
    }
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upstream_is_an_origin_and_nothing_else() {
        for good in ["https://pad.example.org", "http://127.0.0.1:3000/", "https://[::1]:8443"] {
            assert!(origin(good).is_ok(), "{good}");
        }
        for bad in [
            "pad.example.org",
            "ftp://x",
            "file:///etc",
            "https://x/path",
            "https://u:p@x",
            "https://x?q",
            "",
        ] {
            assert_eq!(origin(bad).unwrap_err().code(), Code::MisuseBadArgument, "{bad}");
        }
    }

    #[test]
    fn addresses_follow_the_configuration() {
        let main = origin("https://pad.example.org").unwrap();
        let plain = Targets::of(&main, &json!({})).unwrap();
        assert_eq!(plain.socket.as_str(), "wss://pad.example.org/cryptpad_websocket");
        assert_eq!(plain.files, main);
        let config =
            json!({"fileHost": "https://files.example.org", "websocketPath": "wss://ws.example.org/x"});
        let split = Targets::of(&main, &config).unwrap();
        assert_eq!(split.socket.as_str(), "wss://ws.example.org/x");
        assert_eq!(split.files.as_str(), "https://files.example.org/");
        assert_eq!(Targets::of(&main, &json!({"fileHost": "javascript:x"})), None);
        let path = Targets::of(&origin("http://h:3000").unwrap(), &json!({"websocketPath": "/ws"})).unwrap();
        assert_eq!(path.socket.as_str(), "ws://h:3000/ws");
    }

    #[test]
    fn the_page_sees_only_our_origin() {
        let config = json!({"fileHost": "https://f", "httpUnsafeOrigin": "https://x", "inactiveTime": 90});
        let seen = rewrite(config, "http://127.0.0.1:1");
        assert_eq!(
            seen,
            json!({"httpUnsafeOrigin": "http://127.0.0.1:1", "inactiveTime": 90,
                "httpSafeOrigin": "http://127.0.0.1:1", "websocketPath": "/cryptpad_websocket"})
        );
    }
}
