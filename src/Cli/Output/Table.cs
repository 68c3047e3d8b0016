namespace ActorBalancer.Cli.Output;

/// <summary>A table for people: aligned, and not wider than the terminal. Not thread-safe.</summary>
/// <param name="columns">From left to right.</param>
internal sealed class Table(params Column[] columns)
{
    private const int Gap = 2;
    private readonly List<Piece[]> _rows = [];

    /// <summary>Rows so far.</summary>
    public int Count => _rows.Count;

    /// <summary>Adds a row with a cell for each column.</summary>
    public void Add(params Piece[] cells)
    {
        if (cells.Length != columns.Length)
            throw new ArgumentException($"{cells.Length} cells for {columns.Length} columns.", nameof(cells));
        _rows.Add(cells);
    }

    /// <summary>The lines, the headings first.</summary>
    /// <param name="width">Columns of the terminal.</param>
    /// <param name="rowsMax">At most so many rows.</param>
    public IEnumerable<Line> Draw(int width, int rowsMax = int.MaxValue)
    {
        var widths = Fit(width, rowsMax);
        yield return Row([.. columns.Select(static column => new Piece(column.Name, Tone.Head))], widths).Cut(width);
        foreach (var row in _rows.Take(rowsMax))
            yield return Row(row, widths).Cut(width);
    }

    private Line Row(Piece[] cells, int[] widths)
    {
        var line = new Line();
        var start = 0;
        for (var i = 0; i < cells.Length; i++)
        {
            var cell = cells[i].Cut(widths[i]);
            line.PadTo(columns[i].IsRight ? start + widths[i] - cell.Width : start).Add(cell);
            start += widths[i] + Gap;
        }

        return line;
    }

    private int[] Fit(int width, int rowsMax)
    {
        var widths = columns.Select(static column => column.Name.Length).ToArray();
        foreach (var row in _rows.Take(rowsMax))
        {
            for (var i = 0; i < row.Length; i++)
                widths[i] = Math.Max(widths[i], row[i].Width);
        }

        for (var excess = widths.Sum() + (Gap * (columns.Length - 1)) - width; excess > 0; excess--)
        {
            var widest = -1;
            for (var i = 0; i < widths.Length; i++)
            {
                if (columns[i].Min > 0 && widths[i] > columns[i].Min && (widest < 0 || widths[i] > widths[widest]))
                    widest = i;
            }

            if (widest < 0)
                break;
            widths[widest]--;
        }

        return widths;
    }
}
