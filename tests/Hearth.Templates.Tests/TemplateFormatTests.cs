using System.Text.Json;

namespace Hearth.Templates.Tests;

/// <summary>What of Go's templates docker's users type with --format.</summary>
public sealed class TemplateFormatTests
{
    private static readonly JsonElement container = JsonDocument.Parse("""
        {
          "ID": "4f5c", "Names": "web", "Running": true, "Pid": 4711, "Ratio": 1.50, "Nothing": null, "Text": "a <b> \"c\" é",
          "State": { "Status": "running", "ExitCode": 0 },
          "Args": ["sh", "-c", "sleep 1"], "Mounts": [{ "Source": "/a" }, { "Source": "/b" }],
          "Labels": { "com.example.role": "web", "a": "1" }, "timeNano": 12
        }
        """).RootElement;

    [Theory]
    [InlineData("{{.ID}}", "4f5c")]
    [InlineData("{{ .ID }}: {{.State.Status}}!", "4f5c: running!")]
    [InlineData("no field", "no field")]
    [InlineData("", "")]
    [InlineData("{{.Running}} {{.Pid}} {{.Ratio}} {{.State.ExitCode}}", "true 4711 1.50 0")]
    [InlineData("{{.Nothing}}", "<no value>")]
    [InlineData("{{.TimeNano}}", "12")]
    [InlineData("{{.Args}}", "[sh -c sleep 1]")]
    [InlineData("{{.Labels}}", "map[a:1 com.example.role:web]")]
    [InlineData("{{.ID}}\\t{{.Names}}\\n", "4f5c\tweb\n")]
    [InlineData("{{json .State}}", "{\"Status\":\"running\",\"ExitCode\":0}")]
    [InlineData("{{json .Text}}", "\"a <b> \\\"c\\\" é\"")]
    [InlineData("{{json .Args}}", "[\"sh\",\"-c\",\"sleep 1\"]")]
    [InlineData("{{.State | json}}", "{\"Status\":\"running\",\"ExitCode\":0}")]
    [InlineData("{{upper .Names}}{{.Names | upper | lower}}", "WEBweb")]
    [InlineData("{{join .Args \" \"}}", "sh -c sleep 1")]
    [InlineData("{{join .Args `, `}}", "sh, -c, sleep 1")]
    [InlineData("{{join .Args \"\\n\"}}", "sh\n-c\nsleep 1")]
    [InlineData("{{len .Args}} {{len .Labels}} {{len .Names}}", "3 2 3")]
    [InlineData("{{index .Labels \"com.example.role\"}}", "web")]
    [InlineData("{{index .Labels \"none\"}}", "<no value>")]
    [InlineData("{{index .Args 2}} {{index .Mounts 1 \"Source\"}}", "sleep 1 /b")]
    [InlineData("{{json (index .Mounts 0)}}", "{\"Source\":\"/a\"}")]
    [InlineData("{{truncate .ID 2}} {{truncate .ID 20}}", "4f 4f5c")]
    [InlineData("{{split .Names \"e\"}}", "[w b]")]
    [InlineData("{{println .ID .Pid}}", "4f5c 4711\n")]
    [InlineData("a  {{- .ID -}}  b", "a4f5cb")]
    [InlineData("a  {{ .ID -}}  b", "a  4f5cb")]
    [InlineData("a  {{- .ID }}  b", "a4f5c  b")]
    [InlineData("{{\"a }} b\"}}", "a }} b")]
    public void A_template_is_filled_in(string template, string expected) =>
        Assert.Equal(expected, TemplateFormat.Parse(template).Render(container));

    [Fact]
    public void Json_alone_is_all_of_it_on_one_line()
    {
        Assert.Equal(TemplateFormat.Parse("{{json .}}").Render(container), TemplateFormat.Parse("json").Render(container));
        Assert.StartsWith("{\"ID\":\"4f5c\",\"Names\":\"web\",", TemplateFormat.Parse("json").Render(container), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{{.Name}}", "'.' has no field 'Name': did you mean 'Names'?")]
    [InlineData("{{.names}}", "'.' has no field 'names': did you mean 'Names'?")]
    [InlineData("{{.State.Stauts}}", "'.State' has no field 'Stauts': did you mean 'Status'?")]
    [InlineData("{{.ID.More}}", "'.ID' has no field 'More'")]
    [InlineData("{{upper .Pid}}", "upper cannot take 4711")]
    [InlineData("{{join .ID \",\"}}", "join cannot take \"4f5c\"")]
    [InlineData("{{index .Args 3}}", "there is no item 3 in a list of 3")]
    public void What_does_not_fit_the_values_is_told(string template, string message) =>
        Assert.Contains(message, Assert.Throws<FormatException>(() => TemplateFormat.Parse(template).Render(container)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("{{range .Mounts}}{{.Source}}{{end}}", "'range' is not supported")]
    [InlineData("{{if .Running}}up{{end}}", "'if' is not supported")]
    [InlineData("{{printf \"%s\" .ID}}", "'printf' is not supported; there are fields and index, join, json,")]
    [InlineData("{{with .State}}", "take that apart, as jq does")]
    [InlineData("{{$x := .ID}}", "variables are not supported")]
    [InlineData("{{.ID", "'}}' is missing")]
    [InlineData("{{", "'}}' is missing")]
    [InlineData("{{}}", "a field or function is missing")]
    [InlineData("{{- /* why */ -}}", "'/' is not expected")]
    [InlineData("{{.ID}", "'}' is not expected")]
    [InlineData("{{.State.}}", "a field's name is missing")]
    [InlineData("{{.ID .Names}}", "'.' is not expected")]
    [InlineData("{{.ID | .Names}}", "only a function can stand behind '|'")]
    [InlineData("{{json}}", "json cannot take 0 values")]
    [InlineData("{{json .ID .Names}}", "json cannot take 2 values")]
    [InlineData("{{json (.ID}}", "')' is missing")]
    [InlineData("{{\"text}}", "closing \" is missing")]
    [InlineData("{{index .Args 99999999999}}", "a number is too large")]
    [InlineData("{{.ID}} {{=}}", "'=' is not expected, at character 11 of '{{.ID}} {{=}}'")]
    public void What_is_wrong_or_not_supported_is_named(string template, string message) =>
        Assert.Contains(message, Assert.Throws<FormatException>(() => TemplateFormat.Parse(template)).Message, StringComparison.Ordinal);

    [Fact]
    public void Labels_that_are_not_there_may_have_no_value()
    {
        var template = TemplateFormat.Parse("{{.Labels.none}}|{{json .Labels.none}}|{{.Labels.none.deeper}}", MissingField.HasNoValue);
        Assert.Equal("<no value>|null|<no value>", template.Render(container));
        Assert.Throws<FormatException>(() => TemplateFormat.Parse("{{.Lables}}", MissingField.HasNoValue).Render(container));
    }

    [Fact]
    public void Rows_are_lines()
    {
        Assert.Equal("web 4f5c\nweb 4f5c\n", Write("{{.Names}} {{.ID}}"));
        Assert.False(TemplateFormat.Parse("{{.Names}}").IsTable);
    }

    [Theory]
    [InlineData("table {{.ID}}\\t{{.Names}}\\t{{.State.Status}}\\t{{.TimeNano}}")]
    [InlineData("table\\t{{.ID}}\\t{{.Names}}\\t{{.State.Status}}\\t{{.TimeNano}}")]
    [InlineData("table {{truncate .ID 12}}\t{{.Names | lower}}\t{{.State.Status}}\t{{.TimeNano}}")]
    public void A_table_has_headings_and_columns(string template)
    {
        // The second form has a first column without a heading, as docker has it.
        string[] lines = Write(template).Split('\n');
        Assert.Equal("CONTAINER ID   NAMES   STATUS    TIME NANO", lines[0].TrimStart());
        Assert.Equal("4f5c           web     running   12", lines[1].TrimStart());
        Assert.Equal(4, lines.Length);
    }

    [Fact]
    public void Table_alone_is_left_to_the_command()
    {
        Assert.True(TemplateFormat.Parse("table").IsTable);
        Assert.False(TemplateFormat.Parse("tables").IsTable);
    }

    [Fact]
    public void A_tab_in_a_value_makes_no_column()
    {
        JsonElement row = JsonDocument.Parse("""{"A":"x","B":"y\tz"}""").RootElement;
        using var output = new StringWriter();
        TemplateFormat.Parse("table {{.A}}\\t{{.B}}").WriteAll(output, [row], new Dictionary<string, string>());
        Assert.Equal("A   B\nx   y z\n", output.ToString());
    }

    private static string Write(string template)
    {
        using var output = new StringWriter();
        TemplateFormat.Parse(template).WriteAll(output, [container, container], new Dictionary<string, string> { ["ID"] = "CONTAINER ID", ["State.Status"] = "STATUS" });
        return output.ToString();
    }
}
