package io.millrace.maps;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.counts.CountRules;
import io.millrace.counts.CountTable;
import io.millrace.counts.IdCounts;
import io.millrace.event.Warning;
import io.millrace.records.Copyable;
import io.millrace.spec.HashOptions;
import io.millrace.stream.SmallJob;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NewTrafficGateTest {

  private static final long DAY = 86_400_000;

  private final IdCounts counts = new IdCounts(new CountRules(1, 1_000_000, 1, 0, 1));
  private final List<Warning> warnings = new ArrayList<>();
  private CountTable last;
  private long pane;
  private long nextId = 1;
  private NewTrafficGate gate = gate();

  private static NewTrafficGate gate() {
    HashOptions hash = SmallJob.gated(SmallJob.job(true, 10, 0), .5).hash();
    Copyable<HashOptions> copy = hash;
    return new NewTrafficGate(copy.with(HashOptions::newTrafficAccesses, 100L), "site", 7);
  }

  /** A pane of so many accesses of new ids and of a known one; a restart comes after each. */
  private boolean pane(int fresh, int known) throws IOException {
    for (int i = 0; i < fresh; i++) {
      counts.add(pane, nextId++, 1, 0);
    }
    if (known > 0) {
      counts.add(pane, 0, known, 0);
    }
    CountTable now = counts.closePane(pane++);
    gate.decide(last, now, pane * DAY, true).ifPresent(warnings::add);
    last = now;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    gate.writeState(new DataOutputStream(bytes));
    gate = gate();
    gate.readState(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
    return gate.plain();
  }

  /**
   * Law: fewer accesses than the minimum change nothing; they are added up until they are enough.
   */
  @Test
  void panesAreAddedUp() throws IOException {
    assertThat(pane(0, 10)).isFalse();
    for (int i = 0; i < 19; i++) {
      assertThat(pane(5, 0)).as("pane " + i).isFalse();
    }
    assertThat(pane(5, 0)).as("100 accesses, all new").isTrue();
    for (int i = 0; i < 19; i++) {
      assertThat(pane(0, 5)).as("pane " + i).isTrue();
    }
    assertThat(pane(0, 5)).as("100 accesses, none new").isFalse();
    assertThat(warnings).isEmpty();
  }

  /** Law: a change is reported once, with its time, when the next decision confirms it. */
  @Test
  void reportsWhatIsConfirmed() throws IOException {
    pane(0, 100);
    pane(90, 10);
    assertThat(warnings).isEmpty();
    pane(95, 5);
    pane(95, 5);
    assertThat(warnings).hasSize(1);
    assertThat(warnings.get(0).time()).isEqualTo(2 * DAY);
    assertThat(warnings.get(0).text())
        .isEqualTo(
            "seed 7: field site uses a plain hash instead of maps since the window that ends at"
                + " 1970-01-03T00:00:00Z: 95 % of its accesses are by new ids"
                + " (hash.max_new_traffic is 0.5)");
    pane(0, 100);
    pane(90, 10);
    pane(90, 10);
    assertThat(warnings).as("back and forth within two decisions").hasSize(1);
    pane(0, 100);
    pane(0, 100);
    assertThat(warnings).hasSize(2);
    assertThat(warnings.get(1).message()).contains("field site uses maps again since");
  }

  /** Law: within a pane its accesses so far count, and are not added twice. */
  @Test
  void withinPanes() throws IOException {
    pane(0, 100);
    for (int i = 0; i < 60; i++) {
      counts.add(pane, nextId++, 1, 0);
    }
    CountTable now = counts.closePane(pane++);
    for (int i = 0; i < 5; i++) {
      gate.decide(last, now, pane * DAY, false);
      assertThat(gate.plain()).isFalse();
    }
    gate.decide(last, now, pane * DAY, true);
    last = now;
    assertThat(gate.plain()).as("60 accesses").isFalse();
    assertThat(pane(40, 0)).as("100 accesses").isTrue();
  }
}
