package io.millrace.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.event.EventLimits;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class EventLimitsTest {

  private static final EventLimits DAY = EventLimits.DEFAULT;
  private static final long NOW = Instant.parse("2026-11-21T10:00:00Z").toEpochMilli();
  private static final long MS_PER_DAY = Duration.ofDays(1).toMillis();

  // an event of a file that is read now is within the limits if it may be one that arrives now
  @Test
  void aFilesEventsAreAtMostSoFarAheadOfItsReading() {
    for (long ahead : new long[] {-MS_PER_DAY, 0, MS_PER_DAY, MS_PER_DAY + 1, 99 * MS_PER_DAY}) {
      boolean within =
          EventAssembler.checkRange(DAY.arrivedBy(NOW), "t", NOW + ahead, () -> "") == null;
      assertThat(within).isEqualTo(DAY.checkAhead("t", NOW + ahead, NOW) == null);
      assertThat(within).isEqualTo(ahead <= MS_PER_DAY);
    }
  }

  @Test
  void otherLimitsStayAsTheyAre() {
    EventLimits any = new EventLimits(100, 2, 5, Long.MAX_VALUE, 0);
    assertThat(any.arrivedBy(NOW)).isEqualTo(any);
    EventLimits far = new EventLimits(100, 2, 5, NOW, Long.MAX_VALUE);
    assertThat(far.arrivedBy(NOW)).isEqualTo(far);
    EventLimits later = new EventLimits(100, 2, NOW + 1, NOW + 2, 1);
    assertThat(later.arrivedBy(NOW)).isEqualTo(later);
  }

  @Test
  void aLimitIsNotNegative() {
    assertThatThrownBy(() -> new EventLimits(100, 2, 0, 1, -1))
        .hasMessage("max_ahead must be >= 0 ms but was -1");
  }
}
