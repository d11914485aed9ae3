//! Reading over a value that nobody wants to look into, however deep it nests.

use super::{Error, Kind, Reader, Text};
use crate::json::validate::{Container, Stack};

impl Reader<'_> {
    /// Reads over one value of any kind, checking its syntax. It may nest as deep as it likes: a level costs a bit,
    /// and no stack.
    ///
    /// # Errors
    /// [`Problem::Syntax`](crate::json::Problem::Syntax), [`Problem::End`](crate::json::Problem::End).
    pub fn skip_value(&mut self) -> Result<(), Error> {
        let mut open = Stack::default();
        loop {
            let entered = match self.peek()? {
                Kind::Null | Kind::Bool => self.lexer.word().map(|_| None)?,
                Kind::Number => self.lexer.number().map(|_| None)?,
                Kind::String => self.lexer.skip_string().map(|()| None)?,
                Kind::Array => Some((Container::Array, b'[', b']')),
                Kind::Object => Some((Container::Object, b'{', b'}')),
            };
            if let Some((container, start, close)) = entered {
                self.lexer.expect(start)?;
                open.push(container);
                if self.lexer.peek()? != close {
                    self.skip_key(container)?;
                    continue;
                }
            }
            // A value is complete: what is around it ends, too, or goes on.
            loop {
                let Some(container) = open.top() else { return Ok(()) };
                if self.lexer.peek()? == b',' {
                    self.lexer.expect(b',')?;
                    self.skip_key(container)?;
                    break;
                }
                self.lexer.expect(if container == Container::Array { b']' } else { b'}' })?;
                open.pop();
            }
        }
    }

    /// Reads over the key that comes before each value of an object.
    fn skip_key(&mut self, container: Container) -> Result<(), Error> {
        if container == Container::Object {
            self.lexer.want(Kind::String)?;
            self.lexer.skip_string()?;
            self.lexer.expect(b':')?;
        }
        Ok(())
    }

    /// Reads over one value and returns it as it is written, lone surrogates included.
    ///
    /// # Errors
    /// As [`Reader::skip_value`].
    pub(in crate::json) fn raw_text(&mut self) -> Result<Text, Error> {
        self.peek()?;
        let start = self.lexer.position();
        self.skip_value()?;
        Ok(self.lexer.text_since(start))
    }
}
