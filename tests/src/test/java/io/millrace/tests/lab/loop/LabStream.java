package io.millrace.tests.lab.loop;

import io.millrace.event.ClickEvent;
import io.millrace.event.IdEncoder;
import io.millrace.file.EventInput;
import io.millrace.generator.GeneratorOptions;
import io.millrace.generator.PlantedEvent;
import io.millrace.generator.PlantedStream;
import io.millrace.jobfile.JobConfig;
import io.millrace.spec.JobSpec;
import io.millrace.tests.LogRows;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A stream of events in memory, in the order of event time.
 *
 * @param events the events
 * @param perDay events in each day
 * @param truth the true click probability of each event, in (0, 1); empty for a real log
 */
@SuppressWarnings("ArrayRecordComponent") // made once, never written afterwards
public record LabStream(List<ClickEvent> events, int perDay, float[] truth) {

  private static final long DAY_MS = 24L * 60 * 60 * 1000;

  /** A log whose clock gives every day as many events. */
  public static LabStream read(JobConfig job, EventInput log, int perDay) throws IOException {
    List<ClickEvent> events = new ArrayList<>();
    LogRows.read(job, log, events::add);
    return new LabStream(events, perDay, new float[0]);
  }

  /** The generator's stream. */
  public static LabStream generate(JobSpec job, GeneratorOptions world, long seed) {
    PlantedStream stream = new PlantedStream(world, seed);
    IdEncoder encoder = new IdEncoder(job.schema().fields());
    List<ClickEvent> events = new ArrayList<>();
    float[] truth = new float[Math.toIntExact(world.events())];
    while (stream.hasNext()) {
      PlantedEvent event = stream.next();
      truth[events.size()] = (float) event.probability();
      events.add(event.toClickEvent(encoder));
    }
    return new LabStream(events, world.eventsPerDay(), truth);
  }

  /** Day of the {@code i}-th event, from 0. */
  int day(int i) {
    return i / perDay;
  }

  /** Time from the start of the first event's day to the {@code i}-th event, ms. */
  long since(int i) {
    long start = Math.floorDiv(events.get(0).eventTime(), DAY_MS) * DAY_MS;
    return events.get(i).eventTime() - start;
  }
}
