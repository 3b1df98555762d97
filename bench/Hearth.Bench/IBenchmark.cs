namespace Hearth.Bench;

/// <summary>One subject that <c>./dev bench NAME</c> can measure.</summary>
internal interface IBenchmark
{
    string Name { get; }

    IEnumerable<Figure> Measure(Workshop workshop);
}
