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
    /// address or a path on the main origin.
    ///
    /// # Errors
    /// What it names that is neither the main origin nor one of the others.
    pub(super) fn of(main: &Url, also: &[Url], config: &Value) -> Result<Self, String> {
        let text = |field: &str| config.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
        let elsewhere = |text: &str| text.chars().filter(|c| !c.is_control()).take(80).collect::<String>();
        let named = |wanted: &Url| {
            let bare = wanted.username().is_empty() && wanted.password().is_none();
            bare && std::iter::once(main).chain(also).any(|known| same_place(known, wanted))
        };
        let files = match text("fileHost") {
            Some(host) => origin(host).ok().filter(&named).ok_or_else(|| elsewhere(host))?,
            None => main.clone(),
        };
        let path = text("websocketPath").unwrap_or("/cryptpad_websocket");
        let socket = if path.contains("://") {
            Url::parse(path).ok().filter(&named).ok_or_else(|| elsewhere(path))?
        } else {
            let mut socket = main.clone();
            let scheme = if main.scheme() == "https" { "wss" } else { "ws" };
            socket.set_scheme(scheme).map_err(|()| elsewhere(path))?;
            // Whatever it is, it becomes a path: no host, no port, no user can stand in it.
            socket.set_path(path);
            socket
        };
        Ok(Self { files, socket })
    }
}

/// Whether an address is at an origin; a WebSocket counts as what it is upgraded from.
fn same_place(origin: &Url, address: &Url) -> bool {
    let scheme = match address.scheme() {
        "ws" => "http",
        "wss" => "https",
        other => other,
    };
    origin.scheme() == scheme
        && origin.host() == address.host()
        && origin.port_or_known_default() == address.port_or_known_default()
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
        let plain = Targets::of(&main, &[], &json!({})).unwrap();
        assert_eq!(plain.socket.as_str(), "wss://pad.example.org/cryptpad_websocket");
        assert_eq!(plain.files, main);
        let config =
            json!({"fileHost": "https://files.example.org", "websocketPath": "wss://ws.example.org/x"});
        assert!(Targets::of(&main, &[], &config).is_err());
        let also = [origin("https://files.example.org").unwrap(), origin("https://ws.example.org").unwrap()];
        assert!(Targets::of(&main, &also[..1], &config).unwrap_err().contains("ws.example.org"));
        let split = Targets::of(&main, &also, &config).unwrap();
        assert_eq!(split.socket.as_str(), "wss://ws.example.org/x");
        assert_eq!(split.files.as_str(), "https://files.example.org/");
        let path = Targets::of(&origin("http://h:3000").unwrap(), &[], &json!({"websocketPath": "/ws"}));
        assert_eq!(path.unwrap().socket.as_str(), "ws://h:3000/ws");
        let own =
            json!({"fileHost": "https://pad.example.org/", "websocketPath": "wss://pad.example.org:443/x"});
        assert_eq!(Targets::of(&main, &[], &own).unwrap().socket.as_str(), "wss://pad.example.org/x");
    }

    #[test]
    fn a_configuration_leads_nowhere_else() {
        let main = origin("https://pad.example.org").unwrap();
        for files in [
            "javascript:x",
            "https://evil.example",
            "http://pad.example.org",
            "https://pad.example.org:444",
            "https://pad.example.org@evil.example",
            "https://u:p@pad.example.org",
            "https://pad.example.org.evil.example",
            "https://evil.example/https://pad.example.org",
            "//evil.example",
            "https:\\\\evil.example",
        ] {
            assert!(Targets::of(&main, &[], &json!({"fileHost": files})).is_err(), "{files}");
        }
        for socket in [
            "wss://evil.example/x",
            "ws://pad.example.org/x",
            "wss://pad.example.org:8443/x",
            "wss://pad.example.org@evil.example/x",
            "wss://u@pad.example.org/x",
            "http://evil.example/x",
            "WSS://evil.example/x",
        ] {
            assert!(Targets::of(&main, &[], &json!({"websocketPath": socket})).is_err(), "{socket}");
        }
        for path in [
            "@evil.example/x",
            ".evil.example/x",
            "//evil.example/x",
            ":8443/x",
            "\\\\evil.example\\x",
            "/../../x",
        ] {
            let socket = Targets::of(&main, &[], &json!({"websocketPath": path})).unwrap().socket;
            assert_eq!(
                (socket.scheme(), socket.host_str(), socket.port()),
                ("wss", Some("pad.example.org"), None),
                "{path}"
            );
        }
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
