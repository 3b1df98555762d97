using Hearth.Cli.Hosts;
using Hearth.CommandLine;
using Hearth.Remote;
using Hearth.Rendering;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth context</c>: hosts by name, with docker's names and output.</summary>
internal sealed class ContextCommands(CommandContext context, GlobalFlags global)
{
    private readonly Argument<string> name = Argument.One("CONTEXT");
    private readonly Argument<string[]> names = Argument.OneOrMore("CONTEXT");
    private readonly Argument<string[]> shown = Argument.Any("CONTEXT");
    private readonly Flag<string?> description = Flag.Text("--description", "TEXT", "what the host is for");
    private readonly Flag<bool> force = Flag.Switch("--force", "also if it is the current one", "-f");
    private readonly Flag<bool> quiet = Flag.Switch("--quiet", "print only names", "-q");
    private readonly Flag<string?> format = Flag.Text("--format", "FORMAT", "table, json (one object a line), or a template such as\n'{{.Name}} {{.Host}}'");
    private readonly Flag<string?> inspectFormat = Flag.Text("--format", "FORMAT", "json, or a template such as '{{.Endpoints.hearth.Host}}'", "-f");

    private ContextStore Store => ContextStore.Of(context.Environment.Find);

    public Command Create() => new Command("context", "Manage the hosts that commands work on") { Usage = "COMMAND" }
        .WithCommands(CreateCreate(), CreateInspect(), CreateList(), CreateRemove(), CreateShow(), CreateUse());

    private Command CreateCreate() => new Command("create", "Create a context")
    {
        Usage = "[FLAGS] CONTEXT --host URL",
        Details = """
            Stores how a host is reached, with the contents of the files for TLS and of the token, in the
            user's configuration directory. The host is not asked.
            """,
        Examples = [("hearth context create build --host https://10.0.0.4:2376 --tls-ca ca.pem --token-file token", "then: hearth --context build ps")],
    }.WithFlags("Flags", description).WithArguments(name)
        .WithAction(line =>
        {
            string given = line.GetValue(name);
            Store.Create(HostContext.Of(given, line.GetValue(description) ?? "", global.Host.Require(line)));
            context.Output.WriteLine(given);
            context.Error.WriteLine($"Successfully created context \"{given}\"");
        });

    private Command CreateList() => new Command("ls", "List contexts") { Usage = "[FLAGS]" }
        .WithFlags("Flags", quiet, format)
        .WithAction(line =>
        {
            string current = CurrentOf(line);
            ContextRow[] rows =
            [
                .. Store.List().Select(one => new ContextRow(one.Name, one.Description, one.Host, one.Name == current))
                    .Append(new ContextRow(ContextStore.DefaultName, "This host", "", current == ContextStore.DefaultName)).OrderBy(row => row.Name, StringComparer.Ordinal),
            ];
            if (line.GetValue(quiet))
            {
                Array.ForEach(rows, row => context.Output.WriteLine(row.Name));
                return;
            }

            RowOutput.Write(context.Output, line.GetValue(format), ["NAME", "DESCRIPTION", "HOST"], rows,
                row => [row.Current ? $"{row.Name} *" : row.Name, row.Description, row.Host], OutputJson.Lines.ContextRow);
        });

    private Command CreateInspect() => new Command("inspect", "Show details of contexts, as JSON")
    {
        Usage = "[FLAGS] [CONTEXT...]",
        Details = "Without a name, the current one. Keys and tokens are not shown.",
    }.WithFlags("Flags", inspectFormat).WithArguments(shown)
        .WithAction(line =>
        {
            string[] given = line.GetValue(shown) is { Length: > 0 } some ? some : [CurrentOf(line)];
            List<ContextView> views = [.. given.Select(ViewOf)];
            if (line.GetValue(inspectFormat) is { } template and not "json")
            {
                RowOutput.WriteTemplate(context.Output, template, new Dictionary<string, string>(), views, OutputJson.Views.ContextView);
            }
            else
            {
                JsonOutput.Write(context.Output, views, OutputJson.Views.ListContextView);
            }
        });

    private Command CreateRemove() => new Command("rm", "Remove contexts") { Usage = "[FLAGS] CONTEXT..." }
        .WithFlags("Flags", force).WithArguments(names)
        .WithAction(line => NamedRemoval.RunAsync(context, line.GetValue(names), given =>
        {
            Store.Remove(given, line.GetValue(force));
            return Task.CompletedTask;
        }));

    private Command CreateShow() => new Command("show", "Print the name of the current context")
        .WithAction(line => context.Output.WriteLine(CurrentOf(line)));

    private Command CreateUse() => new Command("use", "Choose the host that commands work on from now on")
    {
        Usage = "CONTEXT",
        Examples = [("hearth context use default", "this host")],
    }.WithArguments(name)
        .WithAction(line =>
        {
            string given = line.GetValue(name);
            Store.Use(given);
            context.Output.WriteLine(given);
            context.Error.WriteLine($"Current context is now \"{given}\"");
            if (HostFlags.FindOverride(context.Environment.Find) is { } variable)
            {
                context.Warn($"the variable {variable} is set, and precedes the current context; unset it to use '{given}'");
            }
        });

    private string CurrentOf(ParsedLine line) => global.Host.FindContext(line, context.Environment.Find) ?? Store.Current;

    private ContextView ViewOf(string given)
    {
        HostContext? found = given == ContextStore.DefaultName ? null : Store.Find(given);
        (string Name, string? Content)[] files = [("ca", found?.Authority), ("cert", found?.Certificate), ("key", found?.Key), ("token", found?.Token)];
        return new ContextView(
            given,
            new ContextMetadata(found?.Description ?? "This host"),
            new Dictionary<string, ContextEndpoint> { ["hearth"] = new ContextEndpoint(found?.Host ?? "") },
            [.. files.Where(file => file.Content is not null).Select(file => file.Name)],
            found is null ? "" : Store.PathOf(given));
    }
}
