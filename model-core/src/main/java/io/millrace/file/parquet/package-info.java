/**
 * Parquet files as lines of JSON, so that their rows become events by the same code as those of
 * other files.
 *
 * <p>Read {@link io.millrace.file.parquet.ParquetLines} first, then {@code ParquetColumn}, which
 * says how each type is written. The libraries are Parquet's own for the footer and for the
 * encodings of pages; its module for files is not used, because it needs Hadoop's classes. Nothing
 * here knows events or schemas.
 */
package io.millrace.file.parquet;
