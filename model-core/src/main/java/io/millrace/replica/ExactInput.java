package io.millrace.replica;

import java.io.DataInput;
import java.io.DataInputStream;
import java.io.IOException;

/** Bytes from outside, of which no more can be read, or allocated for, than are there. */
final class ExactInput extends DataInputStream {

  ExactInput(JoinedParts bytes) {
    super(bytes);
  }

  /**
   * Reads how many elements follow.
   *
   * @param bytesEach least bytes of each
   * @throws IOException if the number is negative, or bytes from outside are too few for it
   */
  static int readCount(DataInput in, int bytesEach) throws IOException {
    int n = in.readInt();
    if (n < 0 || in instanceof ExactInput exact && (long) n * bytesEach > exact.available()) {
      throw new IOException("it says that " + n + " elements follow, which is not so");
    }
    return n;
  }
}
