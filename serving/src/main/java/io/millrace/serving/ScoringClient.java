package io.millrace.serving;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Scores events with a server's {@code /v1/score}, over connections that stay open. Thread-safe.
 *
 * <p>Values of columns are texts, numbers, booleans, lists of them for several values, or null for
 * none. An answer is complete and right, or there is an exception: {@link ScoringException} with
 * the server's reason, {@link java.net.http.HttpTimeoutException} if it does not come in time, or
 * another {@link IOException} if the server cannot be reached.
 */
public final class ScoringClient {

  private final HttpClient http;
  private final URI server;
  private final Options options;

  /**
   * Settings of a client.
   *
   * @param timeout longest time for an answer
   * @param token the bearer token to show; empty for none
   * @param arm the arm to score with; empty for the server's choice
   * @param allowMissing whether events that lack columns, or have unknown keys, are scored
   */
  public record Options(
      Duration timeout, Optional<String> token, Optional<String> arm, boolean allowMissing) {

    /** A second, no token, the server's arm, and no missing columns. */
    public static final Options DEFAULT =
        new Options(Duration.ofSeconds(1), Optional.empty(), Optional.empty(), false);
  }

  /**
   * Predictions for the candidates of a request, all from one state of one arm.
   *
   * @param arm the arm
   * @param modelVersion version of its model
   * @param mapVersion largest version of its maps, 0 without
   * @param update number of the last update that the model had; empty without updates
   * @param learnedUntil event time of the newest event it has learned from; empty if none
   * @param predictions click probabilities in the order of the candidates, in [0, 1]; NaN for a
   *     candidate with an error
   * @param errors why candidates have no prediction
   */
  public record Answer(
      String arm,
      long modelVersion,
      int mapVersion,
      Optional<Update> update,
      Optional<Instant> learnedUntil,
      List<Float> predictions,
      List<CandidateError> errors) {
    public Answer {
      predictions = List.copyOf(predictions);
      errors = List.copyOf(errors);
    }
  }

  /**
   * Number of an update.
   *
   * @param epoch run of the trainer
   * @param interval number within it
   */
  public record Update(long epoch, long interval) {}

  /**
   * Why candidates have no prediction.
   *
   * @param candidates their positions, from 0
   * @param reason a word for programs, such as {@code wrong_columns}
   * @param message the rule, with columns and keys
   */
  public record CandidateError(List<Integer> candidates, String reason, String message) {
    public CandidateError {
      candidates = List.copyOf(candidates);
    }
  }

  /** A request that the server has refused. */
  public static final class ScoringException extends IOException {

    private static final long serialVersionUID = 1;

    private final int status;

    ScoringException(int status, String message) {
      super("status " + status + ": " + message);
      this.status = status;
    }

    /** The HTTP status; 503 means that a further try may succeed. */
    public int status() {
      return status;
    }
  }

  /**
   * A client of a server.
   *
   * @param http makes the connections
   * @param server address without a path, such as {@code http://localhost:8080}
   */
  public ScoringClient(HttpClient http, URI server, Options options) {
    this.http = http;
    this.server = server;
    this.options = options;
  }

  /**
   * Scores candidates in a context.
   *
   * @param context columns that all candidates share; may be empty
   * @param candidates columns of each candidate
   * @throws ScoringException if the server refuses the request, or can score no candidate
   */
  public Answer score(Map<String, ?> context, List<? extends Map<String, ?>> candidates)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(server.resolve(path()))
            .timeout(options.timeout())
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body(context, candidates)));
    options.token().ifPresent(token -> request.header("Authorization", "Bearer " + token));
    HttpResponse<byte[]> response =
        http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    if (response.statusCode() != 200) {
      throw new ScoringException(response.statusCode(), reason(response.body()));
    }
    return read(response.body());
  }

  private String path() {
    String path = options.arm().map(arm -> "/v1/models/" + arm + ":score").orElse("/v1/score");
    return options.allowMissing() ? path + "?missing=allow" : path;
  }

  private static byte[] body(Map<String, ?> context, List<? extends Map<String, ?>> candidates)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = EventKeys.JSON.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeFieldName("context");
      write(context, json);
      json.writeFieldName("candidates");
      write(candidates, json);
      json.writeEndObject();
    }
    return bytes.toByteArray();
  }

  private static void write(Object value, JsonGenerator json) throws IOException {
    if (value instanceof Map<?, ?> map) {
      json.writeStartObject();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        json.writeFieldName(String.valueOf(entry.getKey()));
        write(entry.getValue(), json);
      }
      json.writeEndObject();
    } else if (value instanceof Iterable<?> list) {
      json.writeStartArray();
      for (Object element : list) {
        write(element, json);
      }
      json.writeEndArray();
    } else if (value instanceof Number number) {
      json.writeNumber(number.toString());
    } else if (value instanceof Boolean truth) {
      json.writeBoolean(truth);
    } else if (value == null) {
      json.writeNull();
    } else {
      json.writeString(value.toString());
    }
  }

  /** The server's reason, or the start of what answered in its place. */
  private static String reason(byte[] body) {
    try (JsonParser json = EventKeys.JSON.createParser(body)) {
      json.nextToken();
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String key = json.currentName();
        json.nextToken();
        if (key.equals("error")) {
          return json.getText();
        }
        json.skipChildren();
      }
    } catch (IOException e) {
      return "not the answer of a Millrace server";
    }
    return "without a reason";
  }

  private static Answer read(byte[] body) throws IOException {
    AnswerReader reader = new AnswerReader();
    try (JsonParser json = EventKeys.JSON.createParser(body)) {
      return reader.read(json);
    }
  }

  /** Reads an answer; keys that it does not know are skipped. */
  private static final class AnswerReader {

    private String arm;
    private long modelVersion;
    private int mapVersion;
    private Update update;
    private Instant learnedUntil;
    private final List<Float> predictions = new ArrayList<>();
    private final List<CandidateError> errors = new ArrayList<>();

    Answer read(JsonParser json) throws IOException {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("an answer must be a JSON object");
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String key = json.currentName();
        json.nextToken();
        member(key, json);
      }
      return new Answer(
          arm,
          modelVersion,
          mapVersion,
          Optional.ofNullable(update),
          Optional.ofNullable(learnedUntil),
          predictions,
          errors);
    }

    private void member(String key, JsonParser json) throws IOException {
      switch (key) {
        case "arm" -> arm = json.getText();
        case "model_version" -> modelVersion = json.getLongValue();
        case "map_version" -> mapVersion = json.getIntValue();
        case "update" -> update = update(json);
        case "learned_until" -> {
          if (json.currentToken() != JsonToken.VALUE_NULL) {
            learnedUntil = Instant.parse(json.getText());
          }
        }
        case "predictions" -> {
          while (json.nextToken() != JsonToken.END_ARRAY) {
            boolean none = json.currentToken() == JsonToken.VALUE_NULL;
            predictions.add(none ? Float.NaN : Float.parseFloat(json.getText()));
          }
        }
        case "errors" -> {
          while (json.nextToken() != JsonToken.END_ARRAY) {
            errors.add(error(json));
          }
        }
        default -> json.skipChildren();
      }
    }

    private static Update update(JsonParser json) throws IOException {
      long epoch = 0;
      long interval = 0;
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String key = json.currentName();
        json.nextToken();
        if (key.equals("epoch")) {
          epoch = json.getLongValue();
        } else if (key.equals("interval")) {
          interval = json.getLongValue();
        } else {
          json.skipChildren();
        }
      }
      return new Update(epoch, interval);
    }

    private static CandidateError error(JsonParser json) throws IOException {
      List<Integer> candidates = new ArrayList<>();
      String reason = "";
      String message = "";
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String key = json.currentName();
        json.nextToken();
        switch (key) {
          case "candidates" -> {
            while (json.nextToken() != JsonToken.END_ARRAY) {
              candidates.add(json.getIntValue());
            }
          }
          case "reason" -> reason = json.getText();
          case "message" -> message = json.getText();
          default -> json.skipChildren();
        }
      }
      return new CandidateError(candidates, reason, message);
    }
  }
}
