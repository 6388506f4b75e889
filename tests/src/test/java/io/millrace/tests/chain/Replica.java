package io.millrace.tests.chain;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.event.ClickEvent;
import io.millrace.event.EventLimits;
import io.millrace.event.Schema;
import io.millrace.format.EventDecoder;
import io.millrace.format.ValueListener;
import io.millrace.serving.Scorer;
import io.millrace.serving.ScoringClient;
import io.millrace.serving.ScoringClient.Answer;
import io.millrace.snapshot.LoadedModel;
import io.millrace.snapshot.ModelFolder;
import io.millrace.snapshot.ModelUpdate;
import io.millrace.snapshot.Origin.UpdatesAt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * What an answer must be: the version that it names, and the updates up to the one that it names,
 * read from folder and topic, and applied one after the other.
 */
final class Replica {

  private static final float TOLERANCE = 1e-6f;

  private final Path models;
  private final UpdateLog log;
  private final TreeMap<Place, TreeMap<Long, LoadedModel>> states = new TreeMap<>();

  /** Of the versions in an arm's folder. */
  Replica(Path models, UpdateLog log) {
    this.models = models;
    this.log = log;
  }

  /** A version; a number that two epochs publish would name two states. */
  private record Place(long version, long epoch) implements Comparable<Place> {
    private static final Comparator<Place> ORDER =
        Comparator.comparingLong(Place::epoch).thenComparingLong(Place::version);

    @Override
    public int compareTo(Place other) {
      return ORDER.compare(this, other);
    }
  }

  /** Loads versions that are new in the folder; called often, it sees one that is replaced. */
  synchronized void look() throws IOException {
    if (!Files.isDirectory(models)) {
      return;
    }
    for (Path folder : ModelFolder.versions(models)) {
      try {
        look(folder);
      } catch (NoSuchFileException e) {
        // it is being replaced; the next look finds it
      }
    }
  }

  private void look(Path folder) throws IOException {
    UpdatesAt at = ModelFolder.manifest(folder).origin().updates().orElseThrow();
    Place place = new Place(ModelFolder.number(folder), at.epoch());
    if (!states.containsKey(place)) {
      states.put(place, new TreeMap<>(Map.of(at.interval(), ModelFolder.open(folder))));
    }
  }

  /** A version, and what its updates make of it, by interval. */
  private NavigableMap<Long, LoadedModel> states(Place place) {
    NavigableMap<Long, LoadedModel> found = states.get(place);
    assertThat(found)
        .as("%s, which is named, must be among %s", place, states.keySet())
        .isNotNull();
    return found;
  }

  /** The state of a version after an update of the same epoch. */
  private LoadedModel state(Place place, long interval) throws IOException {
    NavigableMap<Long, LoadedModel> byInterval = states(place);
    while (byInterval.lastKey() < interval) {
      long last = byInterval.lastKey();
      ModelUpdate next =
          log.after(place.epoch(), last)
              .orElseThrow(() -> new AssertionError("no update after " + last + " of " + place));
      byInterval.put(next.header().interval(), byInterval.get(last).apply(next));
    }
    LoadedModel state = byInterval.get(interval);
    assertThat(state).as("interval %d of %s", interval, place).isNotNull();
    return state;
  }

  private LoadedModel named(Answer answer) throws IOException {
    long version = answer.modelVersion();
    if (answer.update().isPresent()) {
      ScoringClient.Update update = answer.update().get();
      return state(new Place(version, update.epoch()), update.interval());
    }
    List<Place> places = states.keySet().stream().filter(p -> p.version() == version).toList();
    assertThat(places).as("what version %d alone names", version).hasSize(1);
    return states(places.get(0)).firstEntry().getValue();
  }

  /** Fails unless an answer is that of the state which it names. */
  synchronized void check(Answer answer, List<Map<String, Object>> candidates) throws IOException {
    float[] expected = score(named(answer), candidates);
    for (int i = 0; i < expected.length; i++) {
      assertThat(Math.abs(answer.predictions().get(i) - expected[i]))
          .as("candidate %d of version %d, %s", i, answer.modelVersion(), answer.update())
          .isLessThanOrEqualTo(TOLERANCE);
    }
  }

  /**
   * Fails unless each version is what the one before it and the updates between them make, where
   * both are of the same epoch; how many were compared.
   *
   * <p>If broker and job are killed together, the last updates of the job's epoch may not have come
   * to the topic while a version that holds them is there. Then there is nothing to compare. Before
   * the last update that has come, none may be missing.
   */
  synchronized int checkVersions(List<Map<String, Object>> candidates) throws IOException {
    assertThat(states.keySet().stream().map(Place::version)).doesNotHaveDuplicates();
    int compared = 0;
    Place before = null;
    for (Place after : states.keySet()) {
      if (before != null && before.epoch() == after.epoch() && allCame(before, after)) {
        LoadedModel published = states(after).firstEntry().getValue();
        LoadedModel rebuilt = state(before, states(after).firstKey());
        assertThat(rebuilt.eventsLearned()).isEqualTo(published.eventsLearned());
        assertThat(score(rebuilt, candidates))
            .as("%s from %s", after, before)
            .isEqualTo(score(published, candidates));
        compared++;
      }
      before = after;
    }
    return compared;
  }

  /** Whether the updates between two versions of an epoch have come to the topic. */
  private boolean allCame(Place before, Place after) {
    boolean came =
        Math.max(log.last(after.epoch()), states(before).firstKey()) >= states(after).firstKey();
    assertThat(came || after.epoch() < states.lastKey().epoch())
        .as("updates until %s must have come, as no later epoch has begun", after)
        .isTrue();
    return came;
  }

  private static float[] score(LoadedModel model, List<Map<String, Object>> candidates)
      throws IOException {
    Schema schema = model.model().schema();
    EventLimits limits = EventLimits.DEFAULT;
    EventDecoder decoder =
        EventDecoder.json(schema.toScore(limits.minTime()), limits, ValueListener.none());
    List<ClickEvent> events = new ArrayList<>();
    for (Map<String, Object> candidate : candidates) {
      byte[] json = new ObjectMapper().writeValueAsBytes(candidate);
      events.add((ClickEvent) decoder.decode(json, 0, json.length, 0));
    }
    float[] predictions = new float[events.size()];
    new Scorer(model).score(events, predictions);
    return predictions;
  }

  /** Events that the newest version, or the newest update after it, says were learned. */
  synchronized long eventsLearned() {
    Map.Entry<Place, TreeMap<Long, LoadedModel>> newest = states.lastEntry();
    long learned = newest.getValue().firstEntry().getValue().eventsLearned();
    for (UpdateLog.Arrived next : log.all()) {
      if (next.record() instanceof ModelUpdate update
          && update.header().epoch() == newest.getKey().epoch()) {
        learned = Math.max(learned, update.header().eventsLearned());
      }
    }
    return learned;
  }
}
