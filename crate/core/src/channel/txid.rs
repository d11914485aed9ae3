//! Numbers of requests for stored messages. The answer to a request carries its number.

/// Draws each number once for a session.
#[derive(Debug)]
pub struct TxIds {
    next: u64,
}

/// The two numbers of one reader on one connection. A reader asks for its history from the last message that it has; if
/// the server does not know that message, it asks once more, for all of it.
#[derive(Debug, PartialEq, Eq)]
pub struct TxPair {
    first: u64,
}

impl TxIds {
    /// Draws from this number on.
    pub const fn starting_at(next: u64) -> Self {
        Self { next }
    }

    /// A number for one request.
    pub const fn one(&mut self) -> u64 {
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        number
    }

    /// The numbers for one reader.
    pub const fn pair(&mut self) -> TxPair {
        let first = self.one();
        self.one();
        TxPair { first }
    }
}

impl Default for TxIds {
    fn default() -> Self {
        Self::starting_at(1)
    }
}

impl TxPair {
    /// For the first request.
    pub const fn first(&self) -> u64 {
        self.first
    }

    /// For the second request.
    pub const fn second(&self) -> u64 {
        self.first.wrapping_add(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_is_drawn_twice() {
        let mut ids = TxIds::default();
        let mut drawn = Vec::new();
        for _ in 0..3 {
            let pair = ids.pair();
            drawn.extend([pair.first(), pair.second(), ids.one()]);
        }
        assert_eq!(drawn, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
}
