package io.godwit.cli.text;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Rows under headings, each column as wide as its widest cell.
public final class Table {
    private static final String GAP = "  ";
    private final List<String> headings;
    private final List<List<String>> rows = new ArrayList<>();
    private final String whenEmpty;

    public Table(String whenEmpty, String... headings) {
        this.whenEmpty = whenEmpty;
        this.headings = List.of(headings);
    }

    public void row(String... cells) {
        if (cells.length != headings.size()) {
            throw new IllegalArgumentException(cells.length + " cells under " + headings.size() + " headings");
        }
        rows.add(Stream.of(cells).map(Text::printable).toList());
    }

    public void print(PrintWriter out) {
        if (rows.isEmpty()) {
            out.println(whenEmpty);
            return;
        }
        var widths = new int[headings.size()];
        measure(widths, headings);
        rows.forEach(each -> measure(widths, each));
        out.println(line(widths, headings));
        rows.forEach(each -> out.println(line(widths, each)));
    }

    private static void measure(int[] widths, List<String> cells) {
        for (int i = 0; i < widths.length; i++) {
            widths[i] = Math.max(widths[i], Text.width(cells.get(i)));
        }
    }

    private static String line(int[] widths, List<String> cells) {
        var line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            line.append(cells.get(i)).repeat(' ', widths[i] - Text.width(cells.get(i))).append(GAP);
        }
        return line.toString().stripTrailing();
    }
}
