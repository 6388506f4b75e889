package io.millrace.serving.request;

import io.millrace.event.ClickEvent;
import io.millrace.event.Decoded;
import io.millrace.event.EventLimits;
import io.millrace.event.Reject;
import io.millrace.event.Schema;
import io.millrace.format.EventDecoder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads events in the compact binary form: for each its length in bytes, an unsigned int of 32
 * bits, little-endian, and then its record ({@link io.millrace.format.BinaryEventCodec}).
 */
public final class BinaryCandidates {

  /** The content type of such a body. */
  public static final String TYPE = "application/x-millrace-events";

  private BinaryCandidates() {}

  /**
   * Reads a body.
   *
   * @param schema the model's
   * @param most most events
   * @throws RequestException if lengths and bytes disagree
   */
  public static Candidates read(byte[] body, Schema schema, EventLimits limits, int most)
      throws RequestException {
    EventDecoder decoder = EventDecoder.binary(schema.toScore(limits.minTime()), limits);
    ByteBuffer in = ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN);
    List<Item> items = new ArrayList<>();
    while (in.hasRemaining()) {
      if (items.size() == most) {
        throw new RequestException(413, "a request must have at most " + most + " candidates");
      }
      int length = in.remaining() < Integer.BYTES ? -1 : in.getInt();
      if (length < 0 || length > in.remaining()) {
        throw new RequestException(
            400,
            "each event must be its length, an int of 4 bytes, and as many bytes, but event "
                + items.size()
                + " is not");
      }
      items.add(item(decoder.decode(body, in.position(), length, EventDecoder.NO_ROW)));
      in.position(in.position() + length);
    }
    return Candidates.of(items);
  }

  private static Item item(Decoded decoded) {
    return decoded instanceof ClickEvent event
        ? Item.of(event)
        : Item.of(Item.Fault.of((Reject) decoded));
  }
}
