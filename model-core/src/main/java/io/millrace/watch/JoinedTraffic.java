package io.millrace.watch;

import io.millrace.counts.IdCounts;
import io.millrace.event.ClickEvent;
import io.millrace.metric.Psi;
import java.util.ArrayList;
import java.util.List;

/** Adds up the traffic of one sub-window: events, or traffic that several readers have counted. */
final class JoinedTraffic {

  /** Upper bound on the ids of a field that are counted one by one. */
  static final int MOST_IDS = 1024;

  private final long[][] bins;
  private final IdSample[] ids;
  private long events;
  private long clicks;

  /** Nothing so far. */
  JoinedTraffic(int fields) {
    bins = new long[fields][Psi.BINS];
    ids = new IdSample[fields];
    for (int f = 0; f < fields; f++) {
      ids[f] = new IdSample(MOST_IDS);
    }
  }

  void add(ClickEvent event) {
    events++;
    clicks += event.clicked() ? 1 : 0;
    for (int f = 0; f < bins.length; f++) {
      for (int i = event.offsets()[f]; i < event.offsets()[f + 1]; i++) {
        long id = event.ids()[i];
        long mixed = IdCounts.mix(id);
        bins[f][Psi.bin(mixed)]++;
        ids[f].add(id, mixed, 1);
      }
    }
  }

  void add(Traffic traffic) {
    events += traffic.events();
    clicks += traffic.clicks();
    for (int f = 0; f < bins.length; f++) {
      Traffic.Field field = traffic.fields().get(f);
      for (int b = 0; b < bins[f].length; b++) {
        bins[f][b] += field.bins()[b];
      }
      ids[f].thin(field.level());
      for (int i = 0; i < field.ids().length; i++) {
        ids[f].add(field.ids()[i], IdCounts.mix(field.ids()[i]), field.counts()[i]);
      }
    }
  }

  /** The sum, as the traffic of a sub-window. */
  Traffic of(long subWindow) {
    List<Traffic.Field> fields = new ArrayList<>();
    for (int f = 0; f < bins.length; f++) {
      long[] sampled = ids[f].ids();
      long[] counts = new long[sampled.length];
      for (int i = 0; i < counts.length; i++) {
        counts[i] = ids[f].number(sampled[i]);
      }
      fields.add(new Traffic.Field(bins[f], ids[f].level(), sampled, counts));
    }
    return new Traffic(subWindow, events, clicks, fields);
  }
}
