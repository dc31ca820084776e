package io.godwit.cli.watch;

/// A bar of a fixed width; with Unicode it moves by eighths of a column.
record Bar(boolean unicode, int columns) {
    private static final String EIGHTHS = " ▏▎▍▌▋▊▉";

    String draw(double share) {
        var bar = new StringBuilder();
        if (!unicode) {
            int full = (int) Math.floor(share * columns);
            return bar.append('[').repeat('#', full).repeat('.', columns - full).append(']').toString();
        }
        int eighths = (int) Math.floor(share * columns * 8);
        bar.repeat('█', eighths / 8);
        if (eighths % 8 > 0) {
            bar.append(EIGHTHS.charAt(eighths % 8));
        }
        return bar.repeat('░', columns - bar.length()).toString();
    }
}
