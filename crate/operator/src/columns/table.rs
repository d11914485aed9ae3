//! One table as Parquet files: a folder for each part, as Hive names them (`kind=channel/shard=0/part-0.parquet`).

use parquet::basic::Compression;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::Type;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// So many rows are held in memory for each part.
const GROUP: usize = 8192;

/// What a column holds. Every value may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Whole,
    Truth,
}

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell {
    Text(String),
    Whole(i64),
    Truth(bool),
    None,
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::None, Into::into)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Whole(number)
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Self {
        Self::Whole(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<usize> for Cell {
    fn from(number: usize) -> Self {
        Self::from(number as u64)
    }
}

impl From<bool> for Cell {
    fn from(truth: bool) -> Self {
        Self::Truth(truth)
    }
}

/// A table under way.
pub(super) struct Table {
    folder: PathBuf,
    schema: Arc<Type>,
    columns: Vec<Kind>,
    parts: BTreeMap<String, Part>,
    rows: u64,
}

struct Part {
    writer: SerializedFileWriter<File>,
    rows: Vec<Vec<Cell>>,
}

fn other(error: ParquetError) -> io::Error {
    io::Error::other(error)
}

impl Table {
    pub(super) fn new(root: &Path, name: &str, columns: &[(&str, Kind)]) -> io::Result<Self> {
        let mut message = format!("message {name} {{ ");
        for (column, kind) in columns {
            message += &match kind {
                Kind::Text => format!("optional binary {column} (UTF8); "),
                Kind::Whole => format!("optional int64 {column}; "),
                Kind::Truth => format!("optional boolean {column}; "),
            };
        }
        let schema = Arc::new(parse_message_type(&(message + "}")).map_err(other)?);
        let columns = columns.iter().map(|(_, kind)| *kind).collect();
        Ok(Self { folder: root.join(name), schema, columns, parts: BTreeMap::new(), rows: 0 })
    }

    /// Adds a row to a part: `""`, `kind=channel`, `kind=channel/shard=0`.
    pub(super) fn row(&mut self, part: &str, row: Vec<Cell>) -> io::Result<()> {
        self.rows += 1;
        if !self.parts.contains_key(part) {
            self.open(part)?;
        }
        let Some(part) = self.parts.get_mut(part) else { return Ok(()) };
        part.rows.push(row);
        if part.rows.len() == GROUP { part.flush(&self.columns) } else { Ok(()) }
    }

    fn open(&mut self, part: &str) -> io::Result<()> {
        let folder = self.folder.join(part);
        fs::create_dir_all(&folder)?;
        let file = File::create_new(folder.join("part-0.parquet"))?;
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let writer =
            SerializedFileWriter::new(file, Arc::clone(&self.schema), Arc::new(properties)).map_err(other)?;
        self.parts.insert(part.to_owned(), Part { writer, rows: Vec::new() });
        Ok(())
    }

    /// Ends all files. Nobody waits for the disk: a store can be written anew at any time. `empty`: the part that is there even if nothing is in it, since engines refuse a table without
    /// files. Answers how many rows there are.
    pub(super) fn end(mut self, empty: &str) -> io::Result<u64> {
        if self.parts.is_empty() {
            self.open(empty)?;
        }
        for (_, mut part) in self.parts {
            part.flush(&self.columns)?;
            part.writer.close().map_err(other)?;
        }
        Ok(self.rows)
    }
}

impl Part {
    fn flush(&mut self, columns: &[Kind]) -> io::Result<()> {
        let rows = std::mem::take(&mut self.rows);
        if rows.is_empty() {
            return Ok(());
        }
        let mut rows: Vec<_> = rows.into_iter().map(Vec::into_iter).collect();
        let mut group = self.writer.next_row_group().map_err(other)?;
        for kind in columns {
            let cells = rows.iter_mut().map(|row| row.next().unwrap_or(Cell::None));
            let mut column =
                group.next_column().map_err(other)?.ok_or_else(|| io::Error::other("a column too many"))?;
            write(column.untyped(), *kind, cells).map_err(other)?;
            column.close().map_err(other)?;
        }
        group.close().map(drop).map_err(other)
    }
}

fn write(
    column: &mut ColumnWriter<'_>,
    kind: Kind,
    cells: impl Iterator<Item = Cell>,
) -> Result<(), ParquetError> {
    let (mut texts, mut numbers, mut truths, mut there) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for cell in cells {
        there.push(i16::from(cell != Cell::None));
        match cell {
            Cell::Text(text) => texts.push(ByteArray::from(text.into_bytes())),
            Cell::Whole(number) => numbers.push(number),
            Cell::Truth(truth) => truths.push(truth),
            Cell::None => {}
        }
    }
    // A value of another kind than its column's is one too few here, and an error of the writer.
    match (kind, column) {
        (Kind::Text, ColumnWriter::ByteArrayColumnWriter(column)) => {
            column.write_batch(&texts, Some(&there), None).map(drop)
        }
        (Kind::Whole, ColumnWriter::Int64ColumnWriter(column)) => {
            column.write_batch(&numbers, Some(&there), None).map(drop)
        }
        (Kind::Truth, ColumnWriter::BoolColumnWriter(column)) => {
            column.write_batch(&truths, Some(&there), None).map(drop)
        }
        _ => Err(ParquetError::General("a column of another kind".into())),
    }
}
