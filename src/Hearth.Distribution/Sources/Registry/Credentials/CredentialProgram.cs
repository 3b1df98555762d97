using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Hearth.Distribution.Sources.Registry.Settings;

namespace Hearth.Distribution.Sources.Registry.Credentials;

/// <summary>
/// A program <c>docker-credential-NAME</c> that keeps credentials. Its word is get, store, erase or list; it reads a server's
/// name, or JSON for store, from its input, and writes JSON, or the reason of a failure, to its output.
/// </summary>
internal sealed class CredentialProgram(string name, RegistrySettings settings, TimeProvider time)
{
    /// <summary>What all helpers say of a server that they do not know.</summary>
    private const string NotFound = "credentials not found in native keychain";

    private const int MostCharacters = 1 << 20;
    private const int MostShown = 300;

    private readonly string program = "docker-credential-" + name;

    /// <returns>Null if the helper knows no credentials of the server.</returns>
    /// <exception cref="ImageException">The helper is missing, fails, or exceeds its time.</exception>
    public async Task<RegistryCredential?> GetAsync(string server, CancellationToken cancellationToken)
    {
        (int status, string output) = await RunAsync("get", server, cancellationToken).ConfigureAwait(false);
        if (status != 0)
        {
            return output.Contains(NotFound, StringComparison.OrdinalIgnoreCase) ? null : throw Failed("get", output);
        }

        try
        {
            using JsonDocument json = JsonDocument.Parse(output);
            string user = json.RootElement.GetProperty("Username").GetString() ?? "";
            string secret = json.RootElement.GetProperty("Secret").GetString() ?? "";
            return secret.Length == 0 && user.Length == 0 ? null
                : user == RegistryCredential.TokenUsername ? new RegistryCredential("", "", secret)
                : new RegistryCredential(user, secret);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw Failed("get", "it gave no JSON with Username and Secret");
        }
    }

    /// <exception cref="ImageException">The helper is missing, fails, or exceeds its time.</exception>
    public async Task StoreAsync(string server, RegistryCredential credential, CancellationToken cancellationToken)
    {
        using MemoryStream text = new();
        using (Utf8JsonWriter writer = new(text))
        {
            writer.WriteStartObject();
            writer.WriteString("ServerURL", server);
            writer.WriteString("Username", credential.IdentityToken is null ? credential.Username : RegistryCredential.TokenUsername);
            writer.WriteString("Secret", credential.IdentityToken ?? credential.Secret);
            writer.WriteEndObject();
        }

        (int status, string output) = await RunAsync("store", Encoding.UTF8.GetString(text.ToArray()), cancellationToken).ConfigureAwait(false);
        if (status != 0)
        {
            throw Failed("store", output);
        }
    }

    /// <returns>Whether it knew the server.</returns>
    /// <exception cref="ImageException">The helper is missing, fails, or exceeds its time.</exception>
    public async Task<bool> EraseAsync(string server, CancellationToken cancellationToken)
    {
        (int status, string output) = await RunAsync("erase", server, cancellationToken).ConfigureAwait(false);
        return status == 0 || (output.Contains(NotFound, StringComparison.OrdinalIgnoreCase) ? false : throw Failed("erase", output));
    }

    /// <summary>The servers that the helper knows.</summary>
    /// <exception cref="ImageException">The helper is missing, fails, or exceeds its time.</exception>
    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken)
    {
        (int status, string output) = await RunAsync("list", "", cancellationToken).ConfigureAwait(false);
        try
        {
            using JsonDocument json = JsonDocument.Parse(status == 0 ? output : throw Failed("list", output));
            return [.. json.RootElement.EnumerateObject().Select(server => server.Name)];
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw Failed("list", "it gave no JSON object");
        }
    }

    private async Task<(int Status, string Output)> RunAsync(string word, string input, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = new(Find()) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.ArgumentList.Add(word);
        using CancellationTokenSource deadline = new(settings.Limits.HelperTimeout, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        using Process process = Start(start, word);
        try
        {
            Task<string> output = ReadAsync(process.StandardOutput, either.Token);
            Task<string> errors = ReadAsync(process.StandardError, either.Token);
            await WriteAsync(process.StandardInput, input, either.Token).ConfigureAwait(false);
            string text = await output.ConfigureAwait(false);
            string complaint = await errors.ConfigureAwait(false);
            await process.WaitForExitAsync(either.Token).ConfigureAwait(false);
            return (process.ExitCode, string.IsNullOrWhiteSpace(text) ? complaint : text);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failed(word, $"it did not end within {settings.Limits.HelperTimeout.TotalSeconds:0.#} s");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private Process Start(ProcessStartInfo start, string word)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw Failed(word, exception.Message);
        }
    }

    private static async Task WriteAsync(StreamWriter stream, string input, CancellationToken cancellationToken)
    {
        try
        {
            await stream.WriteAsync(input.AsMemory(), cancellationToken).ConfigureAwait(false);
            stream.Close();
        }
        catch (IOException)
        {
            // The helper ended without reading: its status and output say why.
        }
    }

    private static async Task<string> ReadAsync(StreamReader stream, CancellationToken cancellationToken)
    {
        StringBuilder text = new();
        char[] buffer = new char[4096];
        for (int count; text.Length < MostCharacters && (count = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0;)
        {
            text.Append(buffer, 0, count);
        }

        return text.ToString();
    }

    /// <summary>Only in the directories of the search path: one in the working directory is never run.</summary>
    private string Find() => name.AsSpan().ContainsAny('/', '\0')
        ? throw new ImageException(ImageError.InvalidRequest, $"cannot use the credential helper '{name}': its name has a '/'")
        : settings.ProgramPath.Split(':').Where(Path.IsPathRooted).Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists)
        ?? throw new ImageException(ImageError.Unauthorized, $"cannot use the credential helper '{name}': no program '{program}' is in PATH; install it, or remove it from config.json");

    private ImageException Failed(string word, string cause)
    {
        string shown = new([.. cause.Trim().Where(letter => !char.IsControl(letter)).Take(MostShown)]);
        return new ImageException(ImageError.Unauthorized, $"cannot use the credential helper '{name}': '{program} {word}' failed: {(shown.Length == 0 ? "it gave no reason" : shown)}");
    }
}
