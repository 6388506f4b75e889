package io.millrace.format;

import static io.millrace.format.Rows.SCHEMA;
import static io.millrace.format.Rows.T;
import static io.millrace.format.Rows.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.CategoricalField;
import io.millrace.event.ClickEvent;
import io.millrace.event.Decoded;
import io.millrace.event.EventLimits;
import io.millrace.event.Schema;
import io.millrace.random.Seeds;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Law: for all bytes, a scanner gives the event or the reject of {@link EventDecoder#json}, or it
 * does not read them; it reads the usual forms.
 */
class JsonEventScannerTest {

  private static final EventLimits LIMITS =
      new EventLimits(600, 5, EventLimits.DEFAULT.minTime(), EventLimits.DEFAULT.maxTime(), 0);

  private static final List<String> VALUES =
      List.of(
          "7",
          "-0",
          "1.5e3",
          "1E-2",
          "01",
          "-",
          "1.",
          ".5",
          "+1",
          "0x1",
          "1e999",
          "NaN",
          "-Infinity",
          "true",
          "false",
          "null",
          "nul",
          "truex",
          "\"\"",
          "\"a\"",
          "\"a|b\"",
          "\"é\"",
          "\"😀 x\"",
          "\"\\u00e9\"",
          "\"\\n\"",
          "\"\\ud800\"",
          "\"\t\"",
          "[]",
          "[1]",
          "[\"a\",null,\"b\"]",
          "[1,[2]]",
          "[1,]",
          "[,1]",
          "{}",
          "{\"age\":1}",
          "[{}]",
          "\"a",
          "1 2",
          "99999999999999999999",
          "\"1.0\"",
          "\"nan\"",
          "[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\"]",
          "");

  private static final List<String> KEYS =
      List.of(
          "ts", "click", "price", "age", "site", "tags", "note", "é", "si\\u0074e", "", "user.id");

  private final EventDecoder decoder = EventDecoder.json(SCHEMA, LIMITS, ValueListener.none());
  private final JsonEventScanner scanner = new JsonEventScanner(SCHEMA, LIMITS);

  /** Compares both; returns whether the scanner has read the event. */
  private boolean same(byte[] record) {
    int pad = record.length % 3;
    byte[] body = new byte[record.length + 2 * pad];
    Arrays.fill(body, (byte) '}');
    System.arraycopy(record, 0, body, pad, record.length);
    int to = scanner.decode(body, pad, EventDecoder.NO_ROW);
    if (to < 0) {
      return false;
    }
    Decoded expected = decoder.decode(body, pad, to - pad, EventDecoder.NO_ROW);
    String shown = new String(record, StandardCharsets.UTF_8);
    if (expected instanceof ClickEvent event) {
      assertThat(scanner.decoded()).as(shown).isInstanceOf(ClickEvent.class);
      ClickEvent scanned = (ClickEvent) scanner.decoded();
      assertThat(Rows.same(scanned, event)).as(shown).isTrue();
      assertThat(scanned.missing()).as(shown).isEqualTo(event.missing());
    } else {
      assertThat(scanner.decoded()).as(shown).isEqualTo(expected);
    }
    assertThat(to).as(shown).isGreaterThanOrEqualTo(Math.min(record.length, pad + 2));
    return true;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        " {'ts':1574553663979,'click':1}",
        "{ 'ts' : 1574553663979 ,\n'click':true, 'price':1.5e1,'age':-0,\t'site':'s','tags':['a','b']}",
        "{'ts':'1574553663979','click':0,'price':null,'age':'','site':'é','tags':'a|b','note':[1,'x']}",
        "{'ts':1574553663979,'click':0,'price':'x','x':1,'x':2,'y':false}",
        "{'ts':12,'click':0}",
        "{'ts':1574553663979,'click':0,'tags':['a','b','c','d','e','f']}",
        "{'ts':1574553663979,'click':0,'price':[1,2]}",
      })
  void usualFormsAreRead(String record) {
    assertThat(same(utf8(record.strip().replace('\'', '"')))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[1]",
        "{'site':{}}",
        "{'site':'a','site':'b'}",
        "{'site':'\\n'}",
        "{'a':1",
        "{'a'}",
        "{'a':}",
        "{'a':01}",
        "{'a':NaN}",
        "{,}",
        "{'a':1,}",
        "{'a':[1,[2]]}",
        "{a:1}",
        "{'a':1]",
        "{'a':[1}",
        "{'a':'x}",
      })
  void theRestIsLeftToTheDecoder(String record) {
    assertThat(same(utf8(record.replace('\'', '"')))).isFalse();
  }

  /** Objects of all kinds of keys and values, and then with some bytes changed. */
  @Test
  void itAgreesWithTheDecoder() {
    SplittableRandom random = Seeds.generator(21, "scanner", 0);
    int read = 0;
    for (int i = 0; i < 60_000; i++) {
      byte[] record = utf8(object(random));
      for (int c = random.nextInt(3); c > 0; c--) {
        record[random.nextInt(record.length)] = (byte) random.nextInt(256);
      }
      read += same(record) ? 1 : 0;
    }
    assertThat(read).isBetween(5_000, 55_000);
  }

  private static String object(SplittableRandom random) {
    StringBuilder object = new StringBuilder("{\"ts\":" + T + ",\"click\":1");
    for (int m = random.nextInt(5); m > 0; m--) {
      boolean usual = random.nextInt(3) > 0;
      object.append(",").append(random.nextInt(4) == 0 ? " " : "");
      object.append('"').append(KEYS.get(random.nextInt(KEYS.size()))).append("\":");
      object.append(usual ? random.nextInt(99) : VALUES.get(random.nextInt(VALUES.size())));
    }
    return object.append('}').toString();
  }

  /** Law: the keys are those of the event, whatever events had before. */
  @Test
  void keysAreThoseOfTheEvent() {
    JsonEventScanner others = new JsonEventScanner(SCHEMA, EventLimits.DEFAULT);
    SplittableRandom random = Seeds.generator(22, "scanner-keys", 0);
    int read = 0;
    for (int i = 0; i < 5_000; i++) {
      Set<String> expected = new LinkedHashSet<>();
      StringBuilder object = new StringBuilder("{");
      for (int k = random.nextInt(1, 20); k > 0; k--) {
        String key = random.nextBoolean() ? "k" + random.nextInt(5_000) : "site" + k;
        expected.add(key);
        object.append('"').append(key).append("\":1").append(k > 1 ? "," : "}");
      }
      byte[] record = utf8(object.toString());
      if (others.decode(record, 0, 0) > 0) { // not if it remembers too many names
        read++;
        assertThat(List.copyOf(others.keys())).isEqualTo(List.copyOf(expected));
      }
    }
    assertThat(read).isGreaterThan(4_500);
  }

  /** Law: nested and dotted columns are those of the decoder. */
  @Test
  void columnsWithDots() {
    Schema nested =
        new Schema(
            SCHEMA.dense(),
            List.of(CategoricalField.of("user.id", 10)),
            SCHEMA.label(),
            SCHEMA.time());
    JsonEventScanner dotted = new JsonEventScanner(nested, LIMITS);
    EventDecoder slow = EventDecoder.json(nested, LIMITS, ValueListener.none());
    for (String rest : List.of("'user.id':'a'", "'user':'a'", "'user':'a','user':1,'user.id':2")) {
      byte[] record = utf8(("{'ts':" + T + ",'click':1," + rest + "}").replace('\'', '"'));
      assertThat(dotted.decode(record, 0, EventDecoder.NO_ROW)).isEqualTo(record.length);
      ClickEvent event = (ClickEvent) slow.decode(record);
      assertThat(Rows.same((ClickEvent) dotted.decoded(), event)).isTrue();
    }
    byte[] inside = utf8("{\"ts\":1,\"user\":{\"id\":1}}");
    assertThat(dotted.decode(inside, 0, EventDecoder.NO_ROW)).isEqualTo(-1);
  }
}
