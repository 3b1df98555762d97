using System.Text.Json.Serialization;

namespace Hearth.Templates;

/// <summary>The values that functions of templates make.</summary>
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(int))]
internal sealed partial class ValueJson : JsonSerializerContext;
