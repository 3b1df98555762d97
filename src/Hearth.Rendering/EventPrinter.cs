using System.Text;
using System.Text.Json;
using Hearth.Records.Events;
using Hearth.Templates;

namespace Hearth.Rendering;

/// <summary>Writes events as docker does, a line each: for people, as JSON, or by a template.</summary>
public sealed class EventPrinter
{
    private const string Json = "json";

    private readonly OutputContext context;
    private readonly Func<ContainerEvent, string> compose;

    private EventPrinter(OutputContext context, Func<ContainerEvent, string> compose)
    {
        this.context = context;
        this.compose = compose;
    }

    /// <param name="format">Null for people, "json", or a template.</param>
    /// <param name="context">Takes the lines.</param>
    /// <exception cref="FormatException">The template cannot be read.</exception>
    public static EventPrinter Parse(string? format, OutputContext context)
    {
        if (format is null)
        {
            return new EventPrinter(context, happened => Describe(happened, context.Clock.LocalTimeZone));
        }

        if (format == Json)
        {
            return new EventPrinter(context, happened => Encoding.UTF8.GetString(happened.ToJson()));
        }

        var template = TemplateFormat.Parse(format, MissingField.HasNoValue);
        return new EventPrinter(context, happened =>
        {
            using JsonDocument document = JsonDocument.Parse(happened.ToJson());
            return template.Render(document.RootElement);
        });
    }

    /// <exception cref="FormatException">The template asks for a field that events do not have.</exception>
    public void Print(ContainerEvent happened) => context.Output.WriteLine(compose(happened));

    /// <summary><c>TIME TYPE ACTION ID (NAME=VALUE, …)</c>.</summary>
    private static string Describe(ContainerEvent happened, TimeZoneInfo zone)
    {
        string attributes = string.Join(", ", happened.Actor.Attributes.Select(attribute => $"{attribute.Key}={attribute.Value}"));
        return $"{Timestamps.Local(happened.Time, zone)} {happened.Type} {happened.Action} {happened.Actor.Id}{(attributes.Length > 0 ? $" ({attributes})" : "")}";
    }
}
