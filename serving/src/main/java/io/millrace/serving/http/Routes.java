package io.millrace.serving.http;

import io.millrace.serving.request.RequestException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Chooses who answers a request, on a thread that must not wait. */
final class Routes extends Handler.Abstract.NonBlocking {

  private final Tokens tokens;
  private final ServingMetrics metrics;
  private final ScoreEndpoint scores;
  private final StatusEndpoint status;
  private final ModelsEndpoint models;
  private final Connections connections;

  Routes(
      Tokens tokens,
      ServingMetrics metrics,
      ScoreEndpoint scores,
      StatusEndpoint status,
      ModelsEndpoint models,
      Connections connections) {
    this.tokens = tokens;
    this.metrics = metrics;
    this.scores = scores;
    this.status = status;
    this.models = models;
    this.connections = connections;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    connections.asked(request);
    Exchange exchange = new Exchange(request, response, callback, metrics, connections);
    Optional<Route.Match> found = Route.find(Request.getPathInContext(request));
    if (found.isEmpty()) {
      exchange.reply(Reply.error(404, "no such path; /openapi.json lists the paths"));
      return true;
    }
    Route route = found.get().route();
    exchange.countAs(route);
    if (request.getMethod().equals("OPTIONS")) {
      exchange.reply(Reply.of(204, "", new byte[0]).with("Allow", route.allow()));
    } else if (!route.accepts(request.getMethod())) {
      String message = route.template() + " accepts only " + route.allow();
      exchange.reply(Reply.error(405, message).with("Allow", route.allow()));
    } else {
      Reply refusal = tokens.refusal(route.access(), exchange.header(HttpHeader.AUTHORIZATION));
      if (refusal != null) {
        exchange.reply(refusal);
      } else {
        answer(exchange, route, found.get().parts());
      }
    }
    return true;
  }

  private void answer(Exchange exchange, Route route, List<String> parts) {
    switch (route) {
      case SCORE, SCORE_V1, SCORE_ARM -> scores.score(exchange, route, parts);
      case MODELS, MODEL, ACTIVATE, UNPIN -> models.answer(exchange, route, parts);
      default -> exchange.reply(status(exchange.request(), route));
    }
  }

  private Reply status(Request request, Route route) {
    long now = System.currentTimeMillis();
    try {
      return switch (route) {
        case READY -> status.ready(now);
        case VERSION ->
            status.version(ScoreCall.query(request, Set.of("arm")).getValue("arm"), now);
        case METRICS -> status.metrics(now);
        case OPENAPI -> status.openApi();
        default -> StatusEndpoint.live();
      };
    } catch (RequestException wrong) {
      return Reply.error(wrong.status(), wrong.getMessage());
    }
  }
}
