package io.millrace.file.parquet;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import org.apache.parquet.format.CompressionCodec;
import org.xerial.snappy.Snappy;

/** Unpacks the pages of a column. */
final class Codec {

  private Codec() {}

  /**
   * Checks that pages of a codec can be unpacked.
   *
   * @param column its column, for the message
   */
  static void check(CompressionCodec codec, String column) throws IOException {
    switch (codec) {
      case UNCOMPRESSED, SNAPPY, GZIP, ZSTD -> {
        // can be read
      }
      default ->
          throw new IOException(
              "its column '%s' must be packed with snappy, gzip or zstd, or not at all, but was packed with %s"
                  .formatted(column, codec));
    }
  }

  /** The {@code size} bytes that {@code packed} holds. */
  static byte[] unpack(CompressionCodec codec, byte[] packed, int size) throws IOException {
    if (codec == CompressionCodec.SNAPPY && Snappy.uncompressedLength(packed) != size) {
      throw new IOException("a page does not have the size that its header says");
    }
    byte[] bytes = codec == CompressionCodec.UNCOMPRESSED ? packed : new byte[size];
    int n = size;
    switch (codec) {
      case SNAPPY -> n = Snappy.uncompress(packed, 0, packed.length, bytes, 0);
      case ZSTD -> n = (int) Zstd.decompress(bytes, packed);
      case GZIP -> {
        try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
          n = in.readNBytes(bytes, 0, size);
        }
      }
      default -> n = packed.length;
    }
    if (n != size) {
      throw new IOException("a page does not have the size that its header says");
    }
    return bytes;
  }
}
