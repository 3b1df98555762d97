using System.Runtime.ExceptionServices;
using Hearth.Linux.Mounts;
using Hearth.Linux.Processes;

namespace Hearth.FileTree.Tests.Support;

/// <summary>Runs a piece of a test on a thread of its own, whose mounts or user concern nobody else and are gone when it is.</summary>
internal static class OwnThread
{
    /// <summary>With a private copy of all mounts.</summary>
    public static void WithOwnMounts(Action act)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Assert.Skip("mounting needs root");
        }

        OnThread(() =>
        {
            Namespaces.Unshare(NamespaceKinds.Mount | NamespaceKinds.FileSystemContext);
            FileSystems.Mount("none", "/", null, MountFlags.Recursive | MountFlags.Private);
            act();
        });
    }

    /// <summary>As another user, who may do nothing that root may.</summary>
    public static void As(uint uid, Action act)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Assert.Skip("becoming another user needs root");
        }

        OnThread(() =>
        {
            ThreadIdentity.SetGroups();
            Assert.True(ThreadIdentity.TryAssume(uid, uid));
            act();
        });
    }

    private static void OnThread(Action act)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                act();
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }
}
