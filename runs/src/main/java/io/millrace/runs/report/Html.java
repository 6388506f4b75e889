package io.millrace.runs.report;

/** Builds a page: {@link #raw} is for our own markup, {@link #text} for all data. */
final class Html {

  private final StringBuilder page = new StringBuilder(1 << 16);

  /** Markup, as it is. */
  Html raw(String markup) {
    page.append(markup);
    return this;
  }

  /** Data, escaped. */
  Html text(Object data) {
    page.append(escape(String.valueOf(data)));
    return this;
  }

  /** {@code <tag>data</tag>}, where {@code tag} may carry attributes. */
  Html element(String tag, Object data) {
    int end = tag.indexOf(' ');
    String name = end < 0 ? tag : tag.substring(0, end);
    return raw("<" + tag + ">").text(data).raw("</" + name + ">");
  }

  /** A table's row of text; the first cell heads it. */
  Html row(Object... cells) {
    raw("<tr>");
    for (int i = 0; i < cells.length; i++) {
      element(i == 0 ? "th scope=\"row\"" : "td", cells[i]);
    }
    return raw("</tr>\n");
  }

  /** A table's row of an arm, whose name comes first and has the symbol of its charts. */
  Html row(Style style, Object... cells) {
    raw("<tr>");
    for (int i = 0; i < cells.length; i++) {
      element(i == 0 ? "th scope=\"row\"" + style.attributes() : "td", cells[i]);
    }
    return raw("</tr>\n");
  }

  /** Opens a table whose cells beyond the first are figures, aligned to the right. */
  Html numbers(String caption, Object... heads) {
    return table("nums", caption, heads);
  }

  /** Opens a table of texts. */
  Html texts(String caption, Object... heads) {
    return table("texts", caption, heads);
  }

  /** A table scrolls by itself where the screen is narrow. */
  private Html table(String css, String caption, Object... heads) {
    raw("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"")
        .text(caption)
        .raw("\"><table class=\"" + css + "\">")
        .element("caption", caption)
        .raw("<thead><tr>");
    for (Object head : heads) {
      element("th scope=\"col\"", head);
    }
    return raw("</tr></thead><tbody>\n");
  }

  Html endTable() {
    return raw("</tbody></table></div>\n");
  }

  /** An entry of a legend. */
  Html legend(String name, Style style) {
    return element("li" + style.attributes(), name);
  }

  /** A section that is closed until its reader opens it. */
  Html section(String name) {
    return section(name, "");
  }

  /** A closed section, with a note of what it holds beside its name. */
  Html section(String name, String note) {
    raw("<details class=\"section\"><summary>").element("h2", name);
    return (note.isEmpty() ? this : raw(" ").element("span", note)).raw("</summary>\n");
  }

  Html endSection() {
    return raw("</details>\n");
  }

  /** The windows of charts, in order, to which they refer by the key. */
  Html windows(Windows windows) {
    raw("<script type=\"application/json\" data-windows=\"" + windows.key() + "\">");
    return raw(windows.json()).raw("</script>\n");
  }

  /** A box in which the page's script draws a chart; {@code size} is its class. */
  Html chart(Chart chart, String size) {
    if (chart.isEmpty()) {
      return raw("<p class=\"none\">No figures.</p>");
    }
    return raw("<div class=\"plot " + size + "\" tabindex=\"0\" role=\"img\" aria-label=\"")
        .text(chart.label())
        .raw("\" data-chart=\"")
        .text(chart.json())
        .raw("\"></div>\n");
  }

  /** A small chart below its name. */
  Html figure(String name, Chart chart) {
    raw("<figure><figcaption>").element("strong", name).raw("</figcaption>");
    return chart(chart, "small").raw("</figure>");
  }

  static String escape(String data) {
    StringBuilder out = new StringBuilder(data.length() + 16);
    for (int i = 0; i < data.length(); i++) {
      char c = data.charAt(i);
      switch (c) {
        case '&' -> out.append("&amp;");
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '"' -> out.append("&quot;");
        case '\'' -> out.append("&#39;");
        default -> out.append(c < ' ' && c != '\n' && c != '\t' ? ' ' : c);
      }
    }
    return out.toString();
  }

  @Override
  public String toString() {
    return page.toString();
  }
}
