package io.millrace.serving.request;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.millrace.event.ClickEvent;
import io.millrace.event.Decoded;
import io.millrace.event.EventLimits;
import io.millrace.event.Reject;
import io.millrace.format.EventDecoder;
import io.millrace.format.ValueListener;
import io.millrace.serving.EventKeys;
import io.millrace.serving.SmallModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Law: a document whose elements are objects gives the events and keys that a parser finds in it;
 * any other document is not read.
 */
class RequestReaderTest {

  private static final EventLimits LIMITS = EventLimits.DEFAULT;

  private static final List<String> EVENTS =
      List.of(
          "{}",
          "{'x':1,'site':'a','tags':['t','u']}",
          "{ 'y' : 2.5 , 'user' : 'u1' }",
          "{'x':'oops'}",
          "{'site':'\\n','x':1}",
          "{'site':{'a':1},'user':'u'}",
          "{'site':'a','site':'b'}",
          "{'x':NaN}",
          "{'sitee':'é'}",
          "{'context':{},'x':[1]}",
          "{'context':{},'candidates':[1]}",
          "{'candidates':[],'context':{},'x':1}");

  private final RequestReader reader = RequestReader.of(SmallModel.SCHEMA, LIMITS);
  private final EventKeys keys = new EventKeys(List.of("x", "y", "site", "user", "tags"));
  private final EventDecoder decoder =
      EventDecoder.json(SmallModel.SCHEMA.toScore(LIMITS.minTime()), LIMITS, ValueListener.none());

  private static byte[] utf8(String text) {
    return text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void anEvent() {
    for (String event : EVENTS) {
      RequestReader.Request request = reader.readEvents(utf8(" " + event + "\n"), 1).orElseThrow();
      assertThat(request.single()).isTrue();
      assertThat(request.context()).isNull();
      same(request.events(), List.of(event));
    }
  }

  @Test
  void aListOfEvents() {
    byte[] list = utf8("[" + String.join(" , ", EVENTS) + "] ");
    RequestReader.Request request = reader.readEvents(list, EVENTS.size()).orElseThrow();
    assertThat(request.single()).isFalse();
    same(request.events(), EVENTS);
    assertThat(reader.readEvents(utf8("[ ]"), 0).orElseThrow().events()).isEmpty();
    assertThat(reader.readEvents(list, EVENTS.size() - 1)).isEmpty();
    assertThat(reader.readCandidates(list, EVENTS.size())).isEmpty();
  }

  @Test
  void aContextAndCandidatesInEitherOrder() {
    String context = "'context' : " + EVENTS.get(2);
    String candidates = "'candidates':[" + String.join(",", EVENTS) + "]";
    for (String both : List.of(context + "," + candidates, candidates + " , " + context)) {
      RequestReader.Request request = candidates("{ " + both + " }").orElseThrow();
      same(List.of(request.context()), List.of(EVENTS.get(2)));
      same(request.events(), EVENTS);
      assertThat(request.single()).isFalse();
    }
    RequestReader.Request alone = candidates("{" + candidates + "}").orElseThrow();
    assertThat(alone.context()).isNull();
    same(alone.events(), EVENTS);
    assertThat(reader.readCandidates(utf8("{" + candidates + "}"), EVENTS.size() - 1)).isEmpty();
  }

  private Optional<RequestReader.Request> candidates(String document) {
    return reader.readCandidates(utf8(document), EVENTS.size());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "{'context':{}}",
        "{'candidates':{}}",
        "{'candidates':[1]}",
        "{'candidates':[]",
        "{'candidates':[],}",
        "{,'candidates':[]}",
        "{'candidates':[]}{}",
        "{'candidates' []}",
        "{'candidates':[],'context':1}",
        "{'candidates':[],'candidates':[]}",
        "{'context':{},'context':{},'candidates':[]}",
        "{'context':{},'candidates':[],'x':1}",
      })
  void otherDocumentsAreNoCandidates(String document) {
    assertThat(candidates(document)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "1",
        "[1]",
        "[{},1]",
        "[{}",
        "[{}]]",
        "{}{}",
        "[{},]",
        "[,{}]",
        "{'x':}",
        "{'x':1",
        "{'context':{},'candidates':[]",
        "\uFEFF{}",
      })
  void otherDocumentsAreNotRead(String document) {
    assertThat(reader.readEvents(utf8(document), 9)).isEmpty();
  }

  /** Law: what is remembered of keys that are no columns is bounded, of an event and a request. */
  @Test
  void keysAreBounded() {
    StringBuilder many = new StringBuilder("{");
    for (int k = 0; k < 100_000; k++) {
      many.append("'k").append(k).append("':1,");
    }
    byte[] event = utf8(many + "'site':'a'}");
    Set<String> kept = reader.readEvents(event, 1).orElseThrow().events().get(0).keys();
    assertThat(kept).hasSizeLessThan(300).contains("k0", "site");
    StringBuilder list = new StringBuilder("[{}");
    for (int e = 0; e < 1_000; e++) {
      list.append(",{'site':'a'");
      for (int k = 0; k < 200; k++) {
        list.append(",'").append(e).append('k').append(k).append("':1");
      }
      list.append('}');
    }
    List<RequestReader.Item> items =
        reader.readEvents(utf8(list + "]"), 2_000).orElseThrow().events();
    assertThat(items.stream().mapToInt(item -> item.keys().size()).sum()).isLessThan(55_000);
    assertThat(items.subList(1, 1_001)).allMatch(item -> item.keys().contains("site"));
    assertThat(items.get(1_000).keys()).contains("999k0");
    byte[] twice = utf8("{" + "'k':1,".repeat(100_000) + "'site':'a'}");
    assertThat(reader.readEvents(twice, 1).orElseThrow().events().get(0).keys())
        .containsExactly("k", "site");
  }

  /** Documents with some bytes changed, against a parser. */
  @Test
  void itAgreesWithAParser() throws IOException {
    SplittableRandom random = new SplittableRandom(8);
    int read = 0;
    for (int i = 0; i < 30_000; i++) {
      List<String> some = new ArrayList<>();
      for (int n = random.nextInt(4); n > 0; n--) {
        some.add(EVENTS.get(random.nextInt(EVENTS.size())));
      }
      byte[] document = utf8("[" + String.join(",", some) + "]");
      for (int c = random.nextInt(3); c > 0; c--) {
        document[random.nextInt(document.length)] = (byte) random.nextInt(128);
      }
      Optional<RequestReader.Request> request = reader.readEvents(document, 9);
      List<RequestReader.Item> parsed = parse(document);
      if (request.isPresent() && !request.get().single()) {
        read++;
        assertThat(parsed).as(new String(document, StandardCharsets.UTF_8)).isNotNull();
        sameItems(request.get().events(), parsed);
        for (int e = 0; e < parsed.size(); e++) {
          assertThat(request.get().events().get(e).from()).isEqualTo(parsed.get(e).from());
          assertThat(request.get().events().get(e).to()).isEqualTo(parsed.get(e).to());
        }
      } else if (request.isEmpty()) {
        assertThat(parsed).as(new String(document, StandardCharsets.UTF_8)).isNull();
      }
    }
    assertThat(read).isBetween(10_000, 29_000);
  }

  /** The events of a list of objects; null if the document is none. */
  private List<RequestReader.Item> parse(byte[] document) {
    List<RequestReader.Item> items = new ArrayList<>();
    try (JsonParser parser = EventKeys.JSON.createParser(document)) {
      if (parser.nextToken() != JsonToken.START_ARRAY) {
        return null;
      }
      while (parser.nextToken() == JsonToken.START_OBJECT) {
        int from = (int) parser.currentTokenLocation().getByteOffset();
        Set<String> names = keys.read(parser);
        int to = (int) parser.currentLocation().getByteOffset();
        Decoded decoded = decoder.decode(document, from, to - from, 0);
        items.add(new RequestReader.Item(decoded, names, from, to));
      }
      return parser.currentToken() == JsonToken.END_ARRAY && parser.nextToken() == null
          ? items
          : null;
    } catch (IOException e) {
      return null;
    }
  }

  private void same(List<RequestReader.Item> items, List<String> events) {
    List<RequestReader.Item> expected = parse(utf8("[" + String.join(",", events) + "]"));
    sameItems(items, expected);
  }

  private static void sameItems(List<RequestReader.Item> items, List<RequestReader.Item> expected) {
    assertThat(items).hasSameSizeAs(expected);
    for (int i = 0; i < items.size(); i++) {
      assertThat(List.copyOf(items.get(i).keys())).isEqualTo(List.copyOf(expected.get(i).keys()));
      assertThat(text(items.get(i).decoded())).isEqualTo(text(expected.get(i).decoded()));
    }
  }

  private static String text(Decoded decoded) {
    return decoded instanceof ClickEvent event
        ? Arrays.toString(event.dense())
            + Arrays.toString(event.ids())
            + Arrays.toString(event.offsets())
            + Arrays.toString(event.missing())
        : ((Reject) decoded).toString();
  }
}
