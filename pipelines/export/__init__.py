"""What is published, brought to where others read it: Parquet in a folder or a bucket, tables in Postgres."""
