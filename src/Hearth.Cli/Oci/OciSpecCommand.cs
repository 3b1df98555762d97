using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.OciRuntime.Bundles;

namespace Hearth.Cli.Oci;

/// <summary><c>hearth oci spec</c>: an example configuration.</summary>
internal sealed class OciSpecCommand(CommandContext context, OciCommands oci)
{
    private readonly Flag<string?> bundle = Flag.Text("--bundle", "DIR", "directory for it (default: the current one)", "-b");

    public Command Create() => new Command("spec", "Write an example config.json")
    {
        Usage = "[FLAGS]",
        Details = "It expects the root of the container in the directory rootfs beside it.\nNever replaces an existing config.json.",
        Examples = [("hearth oci spec -b /srv/bundle", "then edit /srv/bundle/config.json")],
    }.WithFlags("Flags", bundle)
        .WithAction(line => oci.Run(line, _ => Write(line.GetValue(bundle) ?? context.Environment.Find("PWD") ?? ".")));

    private static int Write(string directory)
    {
        string file = Path.Combine(directory, Bundle.ConfigurationFile);
        try
        {
            using FileStream stream = new(file, FileMode.CreateNew, FileAccess.Write);
            stream.Write(ExampleSpec.Value.ToJson());
            stream.WriteByte((byte)'\n');
            return 0;
        }
        catch (IOException) when (File.Exists(file))
        {
            throw new HearthException(HearthError.InvalidRequest, $"File {file} exists. Remove it first");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HearthException(HearthError.StorageFailed, $"cannot write '{file}': {exception.Message}", exception);
        }
    }
}
