package io.millrace.math;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Law: the hash is the published XXH64, wherever in an array the bytes lie. */
class XxHash64Test {

  @Test
  void publishedVectors() {
    assertThat(XxHash64.hash("", 0)).isEqualTo(0xEF46DB3751D8E999L);
    assertThat(XxHash64.hash("a", 0)).isEqualTo(0xD24EC4F1A98C6E5BL);
    assertThat(XxHash64.hash("abc", 0)).isEqualTo(0x44BC2CF5AD770999L);
    assertThat(XxHash64.hash("Nobody inspects the spammish repetition", 0))
        .isEqualTo(0xFBCEA83C8A378BF1L);
  }

  /** The self-check buffer of the xxHash sources: bytes of a multiplicative generator. */
  @Test
  void selfCheckOfTheSources() {
    byte[] buffer = new byte[222];
    long generator = 2654435761L;
    for (int i = 0; i < buffer.length; i++) {
      buffer[i] = (byte) (generator >>> 56);
      generator *= 0x9E3779B185EBCA8DL;
    }
    assertThat(XxHash64.hash(buffer, 0, 1, 0)).isEqualTo(0xE934A84ADB052768L);
    assertThat(XxHash64.hash(buffer, 0, 4, 0)).isEqualTo(0x9136A0DCA57457EEL);
    assertThat(XxHash64.hash(buffer, 0, 14, 0)).isEqualTo(0x8282DCC4994E35C8L);
    assertThat(XxHash64.hash(buffer, 0, 222, 0)).isEqualTo(0xB641AE8CB691C174L);
    assertThat(XxHash64.hash(buffer, 0, 222, 2654435761L)).isEqualTo(0x20CB8AB7AE10C14AL);
  }

  @Test
  void theOffsetDoesNotMatter() {
    byte[] text = "offset 0123456789 0123456789 0123456789".getBytes(StandardCharsets.UTF_8);
    byte[] moved = new byte[text.length + 9];
    System.arraycopy(text, 0, moved, 5, text.length);
    for (int length = 0; length <= text.length; length++) {
      assertThat(XxHash64.hash(moved, 5, length, 7)).isEqualTo(XxHash64.hash(text, 0, length, 7));
    }
  }

  @Test
  void aRangeOutsideTheArrayIsRefused() {
    assertThatThrownBy(() -> XxHash64.hash(new byte[4], 2, 3, 0))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  /** Law: pieces of any size hash as the whole, at every length around the stripes. */
  @Test
  void piecesHashAsTheWhole() {
    byte[] data = new byte[300];
    new java.util.SplittableRandom(9).nextBytes(data);
    for (int length = 0; length <= data.length; length++) {
      for (int piece : new int[] {1, 7, 31, 32, 33, 100}) {
        XxHash64.Stream stream = new XxHash64.Stream(42);
        for (int from = 0; from < length; from += piece) {
          stream.update(data, from, Math.min(piece, length - from));
        }
        assertThat(stream.value()).isEqualTo(XxHash64.hash(data, 0, length, 42));
      }
    }
  }
}
