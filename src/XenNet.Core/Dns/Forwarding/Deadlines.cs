namespace XenNet.Core.Dns.Forwarding;

/// <summary>
/// When each of a fixed number of things is due, the soonest first: a binary heap that knows where each stands, so that
/// a time can be changed or taken out. Things are known by number. Nothing is allocated after the start.
/// </summary>
/// <param name="capacity">Numbers run from 0 to one below; see <see cref="GrowTo"/>.</param>
public sealed class Deadlines(int capacity)
{
    private const int Absent = -1;

    private int[] _heap = new int[capacity];
    private long[] _due = new long[capacity];
    private int[] _place = [.. Enumerable.Repeat(Absent, capacity)];

    /// <summary>How many are in it.</summary>
    public int Count { get; private set; }

    /// <summary>Makes room for higher numbers.</summary>
    public void GrowTo(int numbers)
    {
        var before = _place.Length;
        if (numbers <= before)
            return;

        Array.Resize(ref _heap, numbers);
        Array.Resize(ref _due, numbers);
        Array.Resize(ref _place, numbers);
        Array.Fill(_place, Absent, before, numbers - before);
    }

    /// <summary>The one that is due first; false when there is none.</summary>
    public bool TryPeek(out int number, out long due)
    {
        (number, due) = Count > 0 ? (_heap[0], _due[_heap[0]]) : (Absent, long.MaxValue);
        return Count > 0;
    }

    /// <summary>Puts it in, or changes when it is due.</summary>
    public void Set(int number, long due)
    {
        var isNew = _place[number] == Absent;
        var sooner = isNew || due < _due[number];
        _due[number] = due;
        if (isNew)
            Put(Count++, number);

        if (sooner)
            MoveUp(_place[number]);
        else
            MoveDown(_place[number]);
    }

    /// <summary>Takes it out, if it is in.</summary>
    public void Remove(int number)
    {
        var place = _place[number];
        if (place == Absent)
            return;

        _place[number] = Absent;
        var last = _heap[--Count];
        if (place == Count)
            return;

        Put(place, last);
        MoveUp(place);
        MoveDown(_place[last]);
    }

    private void MoveUp(int place)
    {
        var number = _heap[place];
        while (place > 0 && _due[number] < _due[_heap[(place - 1) / 2]])
        {
            Put(place, _heap[(place - 1) / 2]);
            place = (place - 1) / 2;
        }

        Put(place, number);
    }

    private void MoveDown(int place)
    {
        var number = _heap[place];
        while (2 * place + 1 < Count)
        {
            var child = 2 * place + 1;
            if (child + 1 < Count && _due[_heap[child + 1]] < _due[_heap[child]])
                child++;

            if (_due[number] <= _due[_heap[child]])
                break;

            Put(place, _heap[child]);
            place = child;
        }

        Put(place, number);
    }

    private void Put(int place, int number) => (_heap[place], _place[number]) = (number, place);
}
