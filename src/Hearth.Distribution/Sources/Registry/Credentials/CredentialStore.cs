using Hearth.Distribution.Sources.Registry.Settings;

namespace Hearth.Distribution.Sources.Registry.Credentials;

/// <summary>Finds, stores and removes credentials in the files and helpers of the settings. Files are read anew each time.</summary>
internal sealed class CredentialStore(RegistrySettings settings, TimeProvider time)
{
    /// <summary>The credentials for a repository: of the first file that knows any.</summary>
    /// <exception cref="ImageException">A file cannot be read, or a helper fails.</exception>
    public async Task<RegistryCredential?> FindAsync(string host, string repository, CancellationToken cancellationToken)
    {
        foreach (string path in settings.CredentialFiles.Where(File.Exists))
        {
            CredentialFile file = CredentialFile.Read(path);
            RegistryCredential? found = file.HelperFor(host) is { } helper
                ? await new CredentialProgram(helper, settings, time).GetAsync(CredentialServers.KeyOf(host), cancellationToken).ConfigureAwait(false)
                : null;
            found ??= CredentialServers.Candidates(host, repository).Select(file.Find).FirstOrDefault(credential => credential is not null);
            if (found is not null)
            {
                return found;
            }
        }

        return null;
    }

    /// <summary>Stores credentials: in the helper that the login file names for the host, else in the file.</summary>
    /// <returns>Where: a file's path, or null for a helper.</returns>
    /// <exception cref="ImageException">There is no file to write, or it cannot be written, or a helper fails.</exception>
    public async Task<string?> PutAsync(string host, RegistryCredential credential, CancellationToken cancellationToken)
    {
        CredentialFile file = CredentialFile.Read(LoginFile);
        string key = CredentialServers.KeyOf(host);
        if (file.HelperFor(host) is { } helper)
        {
            await new CredentialProgram(helper, settings, time).StoreAsync(key, credential, cancellationToken).ConfigureAwait(false);
            file.Put(key, null);
            file.Write();
            return null;
        }

        file.Put(key, credential);
        file.Write();
        return LoginFile;
    }

    /// <summary>Removes a host's credentials from the login file and its helper.</summary>
    /// <returns>Whether there were any.</returns>
    /// <exception cref="ImageException">There is no file to write, or it cannot be written, or a helper fails.</exception>
    public async Task<bool> RemoveAsync(string host, CancellationToken cancellationToken)
    {
        CredentialFile file = CredentialFile.Read(LoginFile);
        bool isErased = file.HelperFor(host) is { } helper
            && await new CredentialProgram(helper, settings, time).EraseAsync(CredentialServers.KeyOf(host), cancellationToken).ConfigureAwait(false);
        bool isRemoved = file.Remove(host);
        if (isRemoved)
        {
            file.Write();
        }

        return isErased || isRemoved;
    }

    private string LoginFile => settings.LoginFile
        ?? throw new ImageException(ImageError.InvalidRequest, "cannot store credentials: neither HOME nor DOCKER_CONFIG is set; set one");
}
