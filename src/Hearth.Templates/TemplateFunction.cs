using System.Text.Json;

namespace Hearth.Templates;

/// <summary>A function that templates may call.</summary>
/// <param name="Name">As it is called.</param>
/// <param name="LeastArguments">Fewer are refused.</param>
/// <param name="MostArguments">More are refused.</param>
/// <param name="Apply">Throws <see cref="FormatException"/> where it cannot take a value.</param>
internal sealed record TemplateFunction(string Name, int LeastArguments, int MostArguments, Func<JsonElement[], JsonElement> Apply);
