-- DuckDB, started in the folder of this file: duckdb < views.duckdb.sql
CREATE VIEW accounts AS SELECT * FROM read_parquet('accounts/**/*.parquet', hive_partitioning = true);
CREATE VIEW pins AS SELECT * FROM read_parquet('pins/**/*.parquet', hive_partitioning = true);
CREATE VIEW cuts AS SELECT * FROM read_parquet('cuts/*.parquet');
CREATE VIEW channels AS SELECT * FROM read_parquet('channels/**/*.parquet', hive_partitioning = true);
CREATE VIEW archive AS SELECT * FROM read_parquet('archive/**/*.parquet', hive_partitioning = true);
CREATE VIEW findings AS SELECT * FROM read_parquet('findings/**/*.parquet', hive_partitioning = true);
CREATE VIEW marks AS SELECT * FROM read_parquet('marks/*.parquet');
CREATE VIEW restored AS SELECT * FROM read_parquet('restored/*.parquet');
CREATE VIEW reports AS SELECT * FROM read_parquet('reports/*.parquet');
CREATE VIEW walks AS SELECT * FROM read_parquet('walks/*.parquet');
CREATE VIEW settings AS SELECT * FROM read_parquet('settings/*.parquet');
