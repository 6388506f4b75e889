package io.millrace.maps;

import io.millrace.counts.CountTable;
import io.millrace.event.Warning;
import io.millrace.spec.HashOptions;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * Decides for one field whether a plain hash replaces its learned and two-level maps, because most
 * of its accesses are by ids that no earlier pane has counted.
 *
 * <p>A decision needs {@link HashOptions#newTrafficAccesses} accesses: panes with fewer are added
 * up, and meanwhile the last decision stays. So a few accesses do not move all rows of a field.
 *
 * <p>A change is reported when the next decision confirms it.
 */
final class NewTrafficGate {

  private final HashOptions hash;
  private final String field;
  private final long seed;
  private boolean plain;

  /** Accesses of panes that have ended since the last decision at a pane's end. */
  private long accesses;

  private long ofNewIds;

  /** End of the pane that changed the decision, ms; {@link #REPORTED} if nothing is to report. */
  private long changed = REPORTED;

  private static final long REPORTED = Long.MIN_VALUE;

  /** A gate that lets maps be used. */
  NewTrafficGate(HashOptions hash, String field, long seed) {
    this.hash = hash;
    this.field = field;
    this.seed = seed;
  }

  /** Whether a plain hash is used. */
  boolean plain() {
    return plain;
  }

  /**
   * Decides before maps are built.
   *
   * @param last counts at the end of the pane before; null in the first pane
   * @param now counts of the open or ended pane
   * @param end end of the sub-window, ms
   * @param endsPane whether the pane ends with it
   * @return a confirmed change
   */
  Optional<Warning> decide(CountTable last, CountTable now, long end, boolean endsPane) {
    if (last == null) {
      return Optional.empty();
    }
    long all = accesses + now.inPane();
    long fresh = ofNewIds + Drift.newAccesses(last, now);
    boolean enough = all >= hash.newTrafficAccesses();
    if (endsPane) {
      accesses = enough ? 0 : all;
      ofNewIds = enough ? 0 : fresh;
    }
    return enough ? decide((double) fresh / all, end) : Optional.empty();
  }

  private Optional<Warning> decide(double share, long end) {
    boolean next = hash.plain(share, plain);
    if (next == plain && changed != REPORTED) {
      Warning warning = warning(share, changed);
      changed = REPORTED;
      return Optional.of(warning);
    }
    if (next != plain) {
      changed = changed == REPORTED ? end : REPORTED;
      plain = next;
    }
    return Optional.empty();
  }

  private Warning warning(double share, long since) {
    String text =
        String.format(
            Locale.ROOT,
            "field %s %s since the window that ends at %s: %.0f %% of its accesses are by new ids"
                + " (hash.max_new_traffic is %s)",
            field,
            plain ? "uses a plain hash instead of maps" : "uses maps again",
            Instant.ofEpochMilli(since),
            100 * share,
            hash.maxNewTraffic());
    return new Warning(Warning.Kind.NEW_TRAFFIC, since, seed, field, 0, text);
  }

  void writeState(DataOutput out) throws IOException {
    out.writeBoolean(plain);
    out.writeLong(accesses);
    out.writeLong(ofNewIds);
    out.writeLong(changed);
  }

  void readState(DataInput in) throws IOException {
    plain = in.readBoolean();
    accesses = in.readLong();
    ofNewIds = in.readLong();
    changed = in.readLong();
  }

  /** Continues from a state without a gate, which had decided about every pane. */
  void adopt(boolean plainBefore) {
    plain = plainBefore;
  }
}
