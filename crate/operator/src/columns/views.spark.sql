-- Spark, started in the folder of this file: spark-sql -i views.spark.sql
CREATE TEMPORARY VIEW accounts USING parquet OPTIONS (path 'accounts');
CREATE TEMPORARY VIEW pins USING parquet OPTIONS (path 'pins');
CREATE TEMPORARY VIEW cuts USING parquet OPTIONS (path 'cuts');
CREATE TEMPORARY VIEW channels USING parquet OPTIONS (path 'channels');
CREATE TEMPORARY VIEW archive USING parquet OPTIONS (path 'archive');
CREATE TEMPORARY VIEW findings USING parquet OPTIONS (path 'findings');
CREATE TEMPORARY VIEW marks USING parquet OPTIONS (path 'marks');
CREATE TEMPORARY VIEW restored USING parquet OPTIONS (path 'restored');
CREATE TEMPORARY VIEW reports USING parquet OPTIONS (path 'reports');
CREATE TEMPORARY VIEW walks USING parquet OPTIONS (path 'walks');
CREATE TEMPORARY VIEW settings USING parquet OPTIONS (path 'settings');
